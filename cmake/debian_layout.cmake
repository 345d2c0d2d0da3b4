# Run by CPack on the staged tree, before it is packed: what Debian policy wants otherwise than `cmake --install` does.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
find_program(gzip gzip REQUIRED)
set(prefix "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr")
set(doc "${prefix}/share/doc/spfwalk")

function(compress file)
  execute_process(COMMAND ${gzip} -9n "${file}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Section 12.1, 12.7: manual and changelogs compressed, the upstream one named so.
compress("${prefix}/share/man/man1/spfwalk.1")
file(RENAME "${doc}/CHANGELOG.md" "${doc}/changelog")
compress("${doc}/changelog")

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH, if that is set
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
set(maintainer "${CPACK_PACKAGE_CONTACT}")
configure_file("${CPACK_SPFWALK_SOURCE_DIR}/contrib/debian/changelog.in" "${doc}/changelog.Debian" @ONLY)
compress("${doc}/changelog.Debian")

# Section 12.5: the licence stands in "copyright" and nowhere else.
file(REMOVE "${doc}/LICENSE")
configure_file("${CPACK_SPFWALK_SOURCE_DIR}/contrib/debian/copyright" "${doc}/copyright" COPYONLY)

# Debian's zsh looks elsewhere than zsh by itself.
file(MAKE_DIRECTORY "${prefix}/share/zsh")
file(RENAME "${prefix}/${CPACK_SPFWALK_ZSH_DIR}" "${prefix}/share/zsh/vendor-completions")
