# Completes the command line of chat in fish.
function __chat_complete
    env _CHAT_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=$argv[1] \
        _TYPER_COMPLETE_ARGS=(commandline -cp) chat
end

complete --command chat --no-files --arguments "(__chat_complete get-args)" --condition "__chat_complete is-args"
