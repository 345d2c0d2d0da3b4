# "cpack" in the build directory makes a Debian package. What Debian wants otherwise than `cmake --install` does is
# put in order by debian_layout.cmake, in the staged tree.
#
# The maintainer is who builds the package: DEBFULLNAME and DEBEMAIL, as for Debian's own tools.
if(DEFINED ENV{DEBEMAIL})
  set(spfwalk_maintainer_default "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
else()
  set(spfwalk_maintainer_default "nobody in particular <nobody@localhost>")
endif()
set(SPFWALK_MAINTAINER "${spfwalk_maintainer_default}" CACHE STRING "Maintainer of the Debian package: Name <address>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME spfwalk)
set(CPACK_PACKAGE_VENDOR "The spfwalk authors")
set(CPACK_PACKAGE_CONTACT "${SPFWALK_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "list the addresses from which mail for a domain passes SPF")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"spfwalk follows the SPF records of domains (RFC 7208), their includes and
redirects, and prints exactly the IPv4 and IPv6 prefixes from which mail for
these domains passes.
.
Mail administrators use such lists to let the servers of large senders skip
greylisting, postscreen or a firewall rule. spfwalk writes them for pf,
nftables, ipset, Postfix, OpenSMTPD, nginx and other programs, and never
replaces a good list by the result of a run that failed.")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/debian_layout.cmake")
# What the script needs to know; CPack hands on what begins with CPACK_.
set(CPACK_SPFWALK_SOURCE_DIR "${PROJECT_SOURCE_DIR}")
set(CPACK_SPFWALK_ZSH_DIR "${SPFWALK_ZSH_DIR}")
set(CPACK_SPFWALK_DOC_DIR "${CMAKE_INSTALL_DOCDIR}")
include(CPack)
