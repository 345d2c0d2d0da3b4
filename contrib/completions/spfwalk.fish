# fish completion for spfwalk(1). One option a line: tests/packaging/completions_test.sh reads them.
set -l walk_formats plain pf nft ipset postscreen opensmtpd nginx-geo nginx-allow json ndjson spf spf-zone spf-json help
set -l check_formats text json
set -l lint_formats text json
set -l tree_formats text json dot html

# Whether the command line is one of this command; walk if it names none.
function __spfwalk_is
    set -l command walk
    for word in (commandline -opc)[2..-1]
        if contains -- $word walk check lint tree
            set command $word
            break
        end
    end
    test $command = $argv[1]
end

complete -c spfwalk -f
complete -c spfwalk -n __fish_use_subcommand -a walk -d 'Print the addresses that pass'
complete -c spfwalk -n __fish_use_subcommand -a check -d 'Check a client as a mail server would'
complete -c spfwalk -n __fish_use_subcommand -a lint -d 'Tell what is wrong with a record'
complete -c spfwalk -n __fish_use_subcommand -a tree -d 'Draw the include tree'
complete -c spfwalk -n '__spfwalk_is walk' -s 4 -d 'IPv4 only'
complete -c spfwalk -n '__spfwalk_is walk' -s 6 -d 'IPv6 only'
complete -c spfwalk -n '__spfwalk_is walk' -s f -l file -r -F -d 'Read domains from a file'
complete -c spfwalk -n '__spfwalk_is walk' -s t -l format -x -a "$walk_formats" -d 'Output format'
complete -c spfwalk -n '__spfwalk_is walk' -s F -x -d 'Own format, a line for each prefix'
complete -c spfwalk -n '__spfwalk_is walk' -s N -l name -x -d 'Name of the table or set'
complete -c spfwalk -n '__spfwalk_is walk' -l annotate -d 'Comment where each prefix came from'
complete -c spfwalk -n '__spfwalk_is walk' -l ordered -d 'ndjson in the order of the domains'
complete -c spfwalk -n '__spfwalk_is walk' -l resume -rF -d 'Leave out what has an object in a file'
complete -c spfwalk -n '__spfwalk_is walk' -l no-aggregate -d 'Prefixes as published'
complete -c spfwalk -n '__spfwalk_is walk' -l diff -r -F -d 'What was added to and removed from the list in a file'
complete -c spfwalk -n '__spfwalk_is walk' -l all -x -a 'as-is fail softfail neutral none' -d 'End of the records to publish'
complete -c spfwalk -n '__spfwalk_is walk' -l answer-size -x -d 'Octets of a TXT answer at most (450)'
complete -c spfwalk -n '__spfwalk_is walk' -l under -x -d 'Name below which sub-records live'
complete -c spfwalk -n '__spfwalk_is walk' -l ttl -x -d 'TTL of the records to publish'
complete -c spfwalk -n '__spfwalk_is walk' -l possible -d 'Add what undecidable terms might match'
complete -c spfwalk -n '__spfwalk_is walk' -l regions -d 'Result and deciding term of every address'
complete -c spfwalk -n '__spfwalk_is walk' -s o -l output -r -F -d 'Replace a file, only by a good list'
complete -c spfwalk -n '__spfwalk_is walk' -l force -d 'Replace a file that cannot be read as the format'
complete -c spfwalk -n '__spfwalk_is walk' -l allow-empty -d 'An empty list may replace a file'
complete -c spfwalk -n '__spfwalk_is walk' -l max-shrink -x -d 'Most addresses that may go (50%)'
complete -c spfwalk -n '__spfwalk_is walk' -l max-grow -x -d 'Most addresses that may come'
complete -c spfwalk -n '__spfwalk_is walk' -l widest4 -x -d 'Widest IPv4 prefix allowed (8)'
complete -c spfwalk -n '__spfwalk_is walk' -l widest6 -x -d 'Widest IPv6 prefix allowed (19)'
complete -c spfwalk -n '__spfwalk_is walk' -l allow-wide -d 'Wider prefixes may replace a file'
complete -c spfwalk -n '__spfwalk_is walk' -l state -r -F -d 'Keep the last good answer of each domain'
complete -c spfwalk -n '__spfwalk_is walk' -l max-stale -x -d 'Oldest answer of --state that is used (7d)'
complete -c spfwalk -n '__spfwalk_is walk' -l partial -d 'Keep what is proven when DNS does not answer'
complete -c spfwalk -n '__spfwalk_is walk' -l stats -r -F -d 'Write the run in figures'
complete -c spfwalk -n '__spfwalk_is walk' -l also -r -F -d 'Prefixes always added'
complete -c spfwalk -n '__spfwalk_is walk' -l except -r -F -d 'Prefixes always removed'
complete -c spfwalk -n '__spfwalk_is walk' -l bogons -x -a 'keep drop warn' -d 'Special-purpose space in a list'
complete -c spfwalk -n '__spfwalk_is walk' -l strict -d 'Fail on any warning about a domain'
complete -c spfwalk -n '__spfwalk_is walk' -l progress -d 'Show progress'
complete -c spfwalk -n '__spfwalk_is walk' -l no-progress -d 'Show no progress'
complete -c spfwalk -n '__spfwalk_is lint' -s f -l file -r -F -d 'Read domains from a file'
complete -c spfwalk -n '__spfwalk_is lint' -s t -l format -x -a "$lint_formats" -d 'Output format'
complete -c spfwalk -n '__spfwalk_is tree' -s 4 -d 'IPv4 only'
complete -c spfwalk -n '__spfwalk_is tree' -s 6 -d 'IPv6 only'
complete -c spfwalk -n '__spfwalk_is tree' -s f -l file -r -F -d 'Read domains from a file'
complete -c spfwalk -n '__spfwalk_is tree' -s t -l format -x -a "$tree_formats" -d 'Output format'
complete -c spfwalk -n '__spfwalk_is check' -l batch -d 'Read clients, print a line for each'
complete -c spfwalk -n '__spfwalk_is check' -s f -l file -r -F -d 'With --batch: read clients from a file'
complete -c spfwalk -n '__spfwalk_is check' -s t -l format -x -a "$check_formats" -d 'Output format'
complete -c spfwalk -n '__spfwalk_is check' -l explanation -d 'What the domain says to those who fail'
complete -c spfwalk -n '__spfwalk_is check' -l received-spf -d 'A Received-SPF header field'
complete -c spfwalk -n '__spfwalk_is check' -l receiver -x -d 'The host that checks'
complete -c spfwalk -s r -l resolver -x -d 'Ask this server'
complete -c spfwalk -l tcp -d 'Ask over TCP only'
complete -c spfwalk -l timeout -x -d 'Longest wait for one try (2500ms)'
complete -c spfwalk -l tries -x -d 'How often an unanswered question is sent (5)'
complete -c spfwalk -l deadline -x -d 'End of the whole run'
complete -c spfwalk -l rate -x -d 'Queries a second, or none (1000; none on this machine)'
complete -c spfwalk -l window -x -d 'Questions in flight at once (256)'
complete -c spfwalk -l zone -r -F -d 'Answer from a master file'
complete -c spfwalk -l capture -r -F -d 'Write every answer as a master file'
complete -c spfwalk -l record -x -d 'Pretend that the domain publishes a record'
complete -c spfwalk -l sender -x -d 'The sender whose mail is meant'
complete -c spfwalk -l helo -x -d 'The HELO name that is meant'
complete -c spfwalk -l lookup-limit -x -d 'Terms with lookups (10)'
complete -c spfwalk -l void-limit -x -a none -d 'Lookups that find nothing (2)'
complete -c spfwalk -l mx -x -a 'eager sequential' -d 'How servers visit MX hosts'
complete -c spfwalk -n '__spfwalk_is walk' -l lenient -d 'Look past common mistakes; not RFC 7208'
complete -c spfwalk -n '__spfwalk_is check' -l lenient -d 'Look past common mistakes; not RFC 7208'
complete -c spfwalk -n '__spfwalk_is tree' -l lenient -d 'Look past common mistakes; not RFC 7208'
complete -c spfwalk -l user -x -a '(__fish_complete_users)' -d 'Become this user first'
complete -c spfwalk -l no-sandbox -d 'Keep what the run does not need'
complete -c spfwalk -s v -l verbose -d 'Say more'
complete -c spfwalk -s q -l quiet -d 'No warnings'
complete -c spfwalk -s h -l help -d 'Show help'
complete -c spfwalk -l version -d 'Show versions'
