#include "smtp.h"

#include "consumers.h"

#include <unistd.h>

namespace spfwalk::test {

std::string answer_to(const std::string& client, std::uint16_t port) {
    Connection connection(client, port);
    if (!connection.connected()) return connection.refusal();
    std::string answer = connection.receive_until("\r\n");
    for (const char* command :
         {"HELO client.invalid", "MAIL FROM:<a@sender.invalid>", "RCPT TO:<b@target.invalid>"}) {
        if (!answer.starts_with("2")) return answer;
        connection.send(std::string(command) + "\r\n");
        answer = connection.receive_until("\r\n");
    }
    connection.send("QUIT\r\n");
    connection.receive_all();
    return answer;
}

Launch in_own_mounts(const std::string& script, std::vector<std::string> arguments) {
    Launch launch{.command = {"/usr/bin/setpriv", "--pdeathsig", "TERM", "/usr/bin/unshare", "--mount",
                              "/bin/sh", CONSUMERS_SOURCE_DIR "/" + script}};
    launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
    return launch;
}

bool own_mounts_for(std::string_view what) {
    if (::getuid() != 0 || ::access("/usr/bin/unshare", X_OK) != 0) {
        skip(what, "needs root and unshare(1)");
        return false;
    }
    const Ended ended = run({"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                             "mount --make-rprivate / && mount -t tmpfs tmpfs /run"});
    if (ended.status != 0) skip(what, "no mounts of its own: " + ended.error);
    return ended.status == 0;
}

} // namespace spfwalk::test
