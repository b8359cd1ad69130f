# Written by `chat shell-init fish`, which writes it again after an update.
#
# Alt+E turns the words on the line into a command, and never runs it; Ctrl+C leaves the line as it was.
# Tab completes commands, flags and values. `chat why` is told which command ran last, and how it ended.

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

function _chat_completion
    set -lx _CHAT_COMPLETE complete_fish
    set -lx _TYPER_COMPLETE_FISH_ACTION $argv[1]
    set -lx _TYPER_COMPLETE_ARGS (commandline -cp)
    command chat
end

if status is-interactive
    complete --command chat --no-files --condition '_chat_completion is-args' --arguments '(_chat_completion get-args)'
    bind \ee _chat_command_from_words
end
