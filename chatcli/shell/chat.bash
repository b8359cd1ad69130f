# Written by `chat shell-init bash`, which writes it again after an update.
#
# Alt+E turns the words on the line into a command, and never runs it; Ctrl+C leaves the line as it was.
# Tab completes commands, flags and values. `chat why` is told which command ran last, and how it ended.

_chat_command_from_words() {
    local words=$READLINE_LINE answer status
    [[ -n ${words//[[:space:]]/} ]] || return 0
    trap : INT
    answer=$(command chat ask --quiet --no-log --no-stdin --template command --var shell=bash -- "$words" 2>&1)
    status=$?
    trap - INT
    if ((status == 0)); then
        answer=${answer//[[:cntrl:]]/ }
        READLINE_LINE=$answer
        READLINE_POINT=${#answer}
    elif ((status != 130)); then
        printf '\n%s\n' "$answer"
    fi
}

chat() {
    local status=$?
    if [[ ${1-} == why ]]; then
        CHAT_LAST_STATUS=$status CHAT_LAST_COMMAND=$(HISTTIMEFORMAT='' builtin history 2 | {
            read -r _ line
            printf %s "$line"
        }) command chat "$@"
    else
        command chat "$@"
    fi
}

_chat_completion() {
    local IFS=$'\n'
    COMPREPLY=($(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _CHAT_COMPLETE=complete_bash chat))
}

if [[ $- == *i* ]]; then
    complete -o default -F _chat_completion chat
    bind -x '"\ee": _chat_command_from_words'
fi
