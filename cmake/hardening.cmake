# Flags that make mistakes in memory harder to exploit, as far as compiler, linker and processor have them.
# tests/packaging/hardening_test.sh looks for them in the program.
include(CheckPIESupported)
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  string(MAKE_C_IDENTIFIER "SPFWALK_HAS${flag}" known)
  check_cxx_compiler_flag("-Werror ${flag}" ${known})
  if(${known})
    target_compile_options(spfwalk_flags INTERFACE ${flag})
  endif()
endforeach()
# Needs optimisation. Some distributions define it already.
target_compile_options(spfwalk_flags INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)

foreach(flag relro now noexecstack separate-code)
  string(MAKE_C_IDENTIFIER "SPFWALK_LINKS_${flag}" known)
  check_linker_flag(CXX "-Wl,-z,${flag}" ${known})
  if(${known})
    target_link_options(spfwalk_flags INTERFACE "-Wl,-z,${flag}")
  endif()
endforeach()
