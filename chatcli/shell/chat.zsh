# Written by `chat shell-init zsh`, which writes it again after an update.
#
# Alt+E turns the words on the line into a command, and never runs it; Ctrl+C leaves the line as it was.
# Tab completes commands, flags and values. `chat why` is told which command ran last, and how it ended.

_chat_command_from_words() {
    emulate -L zsh
    local words=$BUFFER answer code
    [[ -n ${words//[[:space:]]/} ]] || return 0
    zle -R "chat: asking ..."
    setopt local_traps
    trap : INT
    answer=$(command chat ask --quiet --no-log --no-stdin --template command --var shell=zsh -- "$words" 2>&1 </dev/null)
    code=$?
    if ((code == 0)); then
        BUFFER=${answer//[[:cntrl:]]/ }
        CURSOR=${#BUFFER}
    elif ((code != 130)); then
        zle -M -- "$answer"
    fi
    zle -R
}

chat() {
    local code=$?
    if [[ ${1-} == why ]]; then
        CHAT_LAST_STATUS=$code CHAT_LAST_COMMAND=$(builtin fc -ln -1 2>/dev/null) command chat "$@"
    else
        command chat "$@"
    fi
}

_chat_completion() {
    eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _CHAT_COMPLETE=complete_zsh chat)
}

if [[ -o interactive ]]; then
    (( $+functions[compdef] )) && compdef _chat_completion chat
    zle -N _chat_command_from_words
    bindkey '^[e' _chat_command_from_words
fi
