# Written by `chat shell-init fish`, which writes it again after an update.
#
# Alt+E turns the words on the line into a command, and never runs it; Ctrl+C leaves the line as it was.
# `chat why` is told which command ran last, and how it ended.

function _chat_command_from_words
    set -l words (commandline | string collect)
    string length --quiet -- (string trim -- $words); or return
    set -l answer (command chat ask --quiet --no-log --no-stdin --template command --var shell=fish -- $words 2>&1 </dev/null | string collect)
    set -l code $pipestatus[1]
    if test $code -eq 0
        commandline --replace -- (string replace --all --regex '[[:cntrl:]]' ' ' -- $answer)
    else if test $code -ne 130
        printf '\n%s\n' $answer
    end
    commandline --function repaint
end

function chat
    set -l code $status
    if test "$argv[1]" = why
        CHAT_LAST_STATUS=$code CHAT_LAST_COMMAND=$history[1] command chat $argv
    else
        command chat $argv
    end
end

if status is-interactive
    bind \ee _chat_command_from_words
end
