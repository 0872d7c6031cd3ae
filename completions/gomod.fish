# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_gomod_global_optspecs
    string join \n
end

function __fish_gomod_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_gomod_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_gomod_using_subcommand
    set -l cmd (__fish_gomod_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c gomod -n "__fish_gomod_needs_command" -f -a "download" -d 'Download modules to the module cache'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "get" -d 'Add or raise requirements of the current module'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "version" -d 'Print gomod\'s version and the Go version that it takes for the local one'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "help" -d 'Explain a verb'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "mod" -d 'The verbs of \'go mod\', under their old name'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l json -d 'Print a JSON object for each module'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download" -f -a "download" -d 'Download modules to the module cache'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l json -d 'Print a JSON object for each module'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l modcacherw -d 'Leave new folders of the module cache writable'
