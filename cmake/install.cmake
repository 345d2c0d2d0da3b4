# Where things go. Packagers: DESTDIR, CMAKE_INSTALL_PREFIX and the directories of GNUInstallDirs count.
include(GNUInstallDirs)

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(spfwalk_systemd_default ON)
else()
  set(spfwalk_systemd_default OFF)
endif()
option(SPFWALK_INSTALL_SYSTEMD "Install the systemd units" ${spfwalk_systemd_default})
set(SPFWALK_SYSTEMD_DIR "lib/systemd/system" CACHE STRING "Where systemd looks for units, below the prefix")
set(SPFWALK_ZSH_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING "Where zsh looks for completions")

install(TARGETS spfwalk RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES man/spfwalk.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(FILES contrib/completions/spfwalk.bash RENAME spfwalk
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES contrib/completions/spfwalk.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES contrib/completions/_spfwalk DESTINATION ${SPFWALK_ZSH_DIR})

if(SPFWALK_INSTALL_SYSTEMD)
  install(FILES contrib/systemd/spfwalk.service contrib/systemd/spfwalk.timer contrib/systemd/spfwalk-load.service
    DESTINATION ${SPFWALK_SYSTEMD_DIR})
endif()
