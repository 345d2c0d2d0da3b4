# bash completion for spfwalk(1)                                                       -*- shell-script -*-

_spfwalk()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words='' word
    COMPREPLY=()
    # "--name=value" comes as three words, because "=" breaks words.
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = && COMP_CWORD -ge 2 ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    # Options with a value: a file, a word from a list, and others.
    local files=' -f --file -o --output --zone --capture --state --stats --resume --also --except --diff '
    local lists=' -t --format --all --bogons --mx --void-limit --user '
    local others=' -F -N --name -r --resolver --timeout --tries --deadline --window --rate --record --sender --helo
        --lookup-limit --max-stale --widest4 --widest6 --max-shrink --max-grow --receiver --answer-size --under --ttl '
    others=${others//$'\n'/}

    local command=walk before=${COMP_WORDS[0]}
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            =) continue ;;
            --) break ;;
            walk | check | lint | tree)
                if [[ $files$lists$others != *" $before "* ]]; then
                    command=$word
                    break
                fi
                ;;
        esac
        before=$word
    done

    if [[ $files == *" $previous "* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    elif [[ $others == *" $previous "* ]]; then
        return
    fi
    case $previous in
        -t | --format)
            case $command in
                walk) words='plain pf nft ipset postscreen opensmtpd nginx-geo nginx-allow json ndjson spf spf-zone spf-json help' ;;
                check | lint) words='text json' ;;
                tree) words='text json dot html' ;;
            esac
            ;;
        --all) words='as-is fail softfail neutral none' ;;
        --bogons) words='keep drop warn' ;;
        --mx) words='eager sequential' ;;
        --void-limit) words='none' ;;
        --user) words=$(compgen -u) ;;
        *)
            if [[ $current == -* ]]; then
                case $command in
                    walk)
                        words='
                            -4 -6 -f --file -t --format -F -N --name --annotate --no-aggregate --possible --regions
                            --all --answer-size --under --ttl --diff --ordered --resume
                            -o --output --force --allow-empty --max-shrink --max-grow --widest4 --widest6 --allow-wide
                            --state --max-stale --partial --stats --also --except --bogons --strict --lenient
                            --progress --no-progress'
                        ;;
                    tree) words='-4 -6 -f --file -t --format --lenient' ;;
                    lint) words='-f --file -t --format' ;;
                    check) words='--batch -f --file -t --format --explanation --received-spf --receiver --lenient' ;;
                esac
                words+='
                    -r --resolver --tcp --timeout --tries --deadline --window --rate --zone --capture --record
                    --sender --helo --lookup-limit --void-limit --mx --user --no-sandbox
                    -v --verbose -q --quiet -h --help --version'
            elif ((COMP_CWORD == 1)); then
                words='walk check lint tree'
            fi
            ;;
    esac
    for word in $words; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
    done
}
complete -F _spfwalk spfwalk
