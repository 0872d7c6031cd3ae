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
complete -c gomod -n "__fish_gomod_needs_command" -f -a "get" -d 'Add, change or remove requirements of the current module'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "tidy" -d 'Bring go.mod and go.sum in line with what packages import'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "edit" -d 'Edit go.mod from tools or scripts'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "init" -d 'Begin a module in the current folder'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "list" -d 'Describe modules of the build list, or any at a version'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "graph" -d 'Print the module graph'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "vendor" -d 'Make a folder of the packages that the main module needs'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "verify" -d 'Check that cached modules are as they were downloaded'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "why" -d 'Explain why packages or modules are needed'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "clean" -d 'Remove the module cache'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "env" -d 'Print settings, or keep them in the go/env file'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "version" -d 'Print gomod\'s version and the Go version that it takes for the local one'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "help" -d 'Explain a verb'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "mod" -d 'The verbs of \'go mod\', under their old name'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "work" -d 'Begin and change workspaces: go.work'
complete -c gomod -n "__fish_gomod_needs_command" -f -a "cache" -d 'Show what the module cache holds, and remove what is not used any more'
complete -c gomod -n "__fish_gomod_using_subcommand download" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l for -d 'Download what these packages need, only; may be repeated' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l tags -d 'With -for: build tags that hold, between commas' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l os -d 'With -for: the system to build for, in place of the variable' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l arch -d 'With -for: the architecture to build for, in place of the variable' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l reuse -d 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand download" -l tests -d 'With -for: count what the tests of the packages import, as for go test'
complete -c gomod -n "__fish_gomod_using_subcommand download" -s v -d 'With -for: tell of each module which package needs it'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l json -d 'Print a JSON object for each module'
complete -c gomod -n "__fish_gomod_using_subcommand download" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand download" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand download" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand get" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -s u -d 'Update what the packages import too: to the newest version, or patch release' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l tags -d 'Build tags that hold where packages are checked, between commas' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand get" -s t -d 'Count what tests import'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l tool -d 'Declare the packages to be tools, or with @none drop them'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l dry-run -d 'Print what would change in go.mod and go.sum as a diff; write neither'
complete -c gomod -n "__fish_gomod_using_subcommand get" -s v -d 'Tell of each version that is tried'
complete -c gomod -n "__fish_gomod_using_subcommand get" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand get" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand get" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l go -d 'Set the go line' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l compat -d 'The oldest Go version that is to load the same packages' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -s e -d 'Go on where packages cannot be found or read'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -s v -d 'Name requirements that are dropped'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l diff -d 'Print what would change, write nothing, exit 1 if that is anything'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand tidy" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l module -d 'Set the module path' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l go -d 'Set the go line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l toolchain -d 'Set the toolchain line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l godebug -d 'Set a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l dropgodebug -d 'Drop a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l require -d 'Require a version, in place of others of the path' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l droprequire -d 'Drop a requirement' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l exclude -d 'Exclude a version' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l dropexclude -d 'Drop an exclusion' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l replace -d 'Replace a version, or all, by another module\'s or by a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l dropreplace -d 'Drop a replacement with this left side' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l retract -d 'Retract a version or an interval of them' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l dropretract -d 'Drop a retraction' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l tool -d 'Declare a package to be a tool' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l droptool -d 'Drop a tool' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l ignore -d 'Ignore a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l dropignore -d 'Stop ignoring a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l fmt -d 'Only bring the file into go\'s layout'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l print -d 'Print the file instead of writing it'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l json -d 'Print the file as JSON, do not write it'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -s n -d 'Accepted as go accepts it; changes nothing'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand edit" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand init" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand init" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand init" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand list" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l json -d 'Print a JSON object for each module, of all fields or of those named' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -s f -d 'Print each module by a template' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l reuse -d 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l mod -d 'readonly: go.mod and go.sum must be up to date; mod: bring them up to date; vendor' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand list" -s m -d 'List modules; must be given'
complete -c gomod -n "__fish_gomod_using_subcommand list" -s u -d 'Add available updates, retractions and deprecations'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l versions -d 'Add the known versions'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l retracted -d 'Add retractions; with -versions list retracted versions too'
complete -c gomod -n "__fish_gomod_using_subcommand list" -s e -d 'List modules with errors, rather than failing'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand list" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand list" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand list" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l go -d 'Load the graph as this Go version does, rather than that of the go line' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand graph" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand graph" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s o -d 'Make the folder DIR, rather than vendor' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s e -d 'Go on despite packages that cannot be loaded, and say which'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s v -d 'Print the modules and packages that are vendored'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l check -d 'Write nothing; say what differs, and exit 1 where anything does'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l include-non-go -d 'Copy folders without Go files below those of packages too'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand vendor" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l deep -d 'Compare with go.sum, the checksum database and the vendor folder'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand verify" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand why" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand why" -s m -d 'Explain modules, rather than packages'
complete -c gomod -n "__fish_gomod_using_subcommand why" -l vendor -d 'Leave out the tests of what is imported, as vendoring does'
complete -c gomod -n "__fish_gomod_using_subcommand why" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand why" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand why" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand why" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand why" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand why" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand clean" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand clean" -l modcache -d 'Remove GOMODCACHE; must be given'
complete -c gomod -n "__fish_gomod_using_subcommand clean" -s n -d 'Print the command that would do it, only'
complete -c gomod -n "__fish_gomod_using_subcommand clean" -s x -d 'Print the command that does the same'
complete -c gomod -n "__fish_gomod_using_subcommand env" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand env" -l json -d 'Print a JSON object'
complete -c gomod -n "__fish_gomod_using_subcommand env" -l changed -d 'Print what is not the default'
complete -c gomod -n "__fish_gomod_using_subcommand env" -s w -d 'Keep the assignments NAME=VALUE'
complete -c gomod -n "__fish_gomod_using_subcommand env" -s u -d 'Remove what is kept for these names'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "download" -d 'Download modules to the module cache'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "tidy" -d 'Bring go.mod and go.sum in line with what packages import'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "edit" -d 'Edit go.mod from tools or scripts'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "init" -d 'Begin a module in the current folder'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "graph" -d 'Print the module graph'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "vendor" -d 'Make a folder of the packages that the main module needs'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "verify" -d 'Check that cached modules are as they were downloaded'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and not __fish_seen_subcommand_from download tidy edit init graph vendor verify why" -f -a "why" -d 'Explain why packages or modules are needed'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l for -d 'Download what these packages need, only; may be repeated' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l tags -d 'With -for: build tags that hold, between commas' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l os -d 'With -for: the system to build for, in place of the variable' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l arch -d 'With -for: the architecture to build for, in place of the variable' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l reuse -d 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l tests -d 'With -for: count what the tests of the packages import, as for go test'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -s v -d 'With -for: tell of each module which package needs it'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l json -d 'Print a JSON object for each module'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from download" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l go -d 'Set the go line' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l compat -d 'The oldest Go version that is to load the same packages' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -s e -d 'Go on where packages cannot be found or read'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -s v -d 'Name requirements that are dropped'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l diff -d 'Print what would change, write nothing, exit 1 if that is anything'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from tidy" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l module -d 'Set the module path' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l go -d 'Set the go line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l toolchain -d 'Set the toolchain line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l godebug -d 'Set a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l dropgodebug -d 'Drop a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l require -d 'Require a version, in place of others of the path' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l droprequire -d 'Drop a requirement' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l exclude -d 'Exclude a version' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l dropexclude -d 'Drop an exclusion' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l replace -d 'Replace a version, or all, by another module\'s or by a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l dropreplace -d 'Drop a replacement with this left side' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l retract -d 'Retract a version or an interval of them' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l dropretract -d 'Drop a retraction' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l tool -d 'Declare a package to be a tool' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l droptool -d 'Drop a tool' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l ignore -d 'Ignore a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l dropignore -d 'Stop ignoring a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l fmt -d 'Only bring the file into go\'s layout'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l print -d 'Print the file instead of writing it'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l json -d 'Print the file as JSON, do not write it'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -s n -d 'Accepted as go accepts it; changes nothing'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from edit" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from init" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from init" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from init" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l go -d 'Load the graph as this Go version does, rather than that of the go line' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from graph" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s o -d 'Make the folder DIR, rather than vendor' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s e -d 'Go on despite packages that cannot be loaded, and say which'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s v -d 'Print the modules and packages that are vendored'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l check -d 'Write nothing; say what differs, and exit 1 where anything does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l include-non-go -d 'Copy folders without Go files below those of packages too'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from vendor" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l deep -d 'Compare with go.sum, the checksum database and the vendor folder'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from verify" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -s m -d 'Explain modules, rather than packages'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l vendor -d 'Leave out the tests of what is imported, as vendoring does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand mod; and __fish_seen_subcommand_from why" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand work; and not __fish_seen_subcommand_from init edit sync vendor use" -f -a "init" -d 'Begin a workspace in the current folder'
complete -c gomod -n "__fish_gomod_using_subcommand work; and not __fish_seen_subcommand_from init edit sync vendor use" -f -a "edit" -d 'Edit go.work from tools or scripts'
complete -c gomod -n "__fish_gomod_using_subcommand work; and not __fish_seen_subcommand_from init edit sync vendor use" -f -a "sync" -d 'Bring the workspace\'s versions back to its modules'
complete -c gomod -n "__fish_gomod_using_subcommand work; and not __fish_seen_subcommand_from init edit sync vendor use" -f -a "vendor" -d 'Make a folder of the packages that the workspace needs'
complete -c gomod -n "__fish_gomod_using_subcommand work; and not __fish_seen_subcommand_from init edit sync vendor use" -f -a "use" -d 'Add modules to the workspace, or remove those that are gone'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from init" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from init" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from init" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l go -d 'Set the go line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l toolchain -d 'Set the toolchain line, or drop it: none' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l godebug -d 'Set a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l dropgodebug -d 'Drop a GODEBUG setting' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l use -d 'Use the module in a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l dropuse -d 'Stop using a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l replace -d 'Replace a version, or all, by another module\'s or by a folder' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l dropreplace -d 'Drop a replacement with this left side' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l fmt -d 'Only bring the file into go\'s layout'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l print -d 'Print the file instead of writing it'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from edit" -l json -d 'Print the file as JSON, do not write it'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from sync" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s o -d 'Make the folder DIR, rather than vendor' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l modfile -d 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l token-file -d 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l retries -d 'How often a request is made again where the server or the network stumbles (3)' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l stall-timeout -d 'How long nothing may come from a server, such as 90s (15s)' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s e -d 'Go on despite packages that cannot be loaded, and say which'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s v -d 'Print the modules and packages that are vendored'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l check -d 'Write nothing; say what differs, and exit 1 where anything does'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l include-non-go -d 'Copy folders without Go files below those of packages too'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s x -d 'Print each request'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l no-retry -d 'Make no request again, as go does'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l offline -d 'Open no connection: what the module cache lacks is named, all of it, and is an error'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l locked -d 'Print what would change in go.mod and go.sum and fail, rather than change them'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from vendor" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from use" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from use" -l overlay -d 'JSON that names files to stand in for others' -r
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from use" -s r -d 'Look for modules below the folders too'
complete -c gomod -n "__fish_gomod_using_subcommand work; and __fish_seen_subcommand_from use" -l modcacherw -d 'Leave new folders of the module cache writable'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and not __fish_seen_subcommand_from size list prune remove drop-zips" -f -a "size" -d 'Show how much the module cache holds'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and not __fish_seen_subcommand_from size list prune remove drop-zips" -f -a "list" -d 'List the modules in the module cache, with their bytes and last use'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and not __fish_seen_subcommand_from size list prune remove drop-zips" -f -a "prune" -d 'Remove from the module cache what is not used any more'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and not __fish_seen_subcommand_from size list prune remove drop-zips" -f -a "remove" -d 'Remove modules from the module cache'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and not __fish_seen_subcommand_from size list prune remove drop-zips" -f -a "drop-zips" -d 'Remove the zips of extracted modules from the module cache'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from size" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from list" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from list" -l json -d 'Print a JSON object for each module'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from list" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -l unused-for -d 'Remove what was not used for so long: 90m, 12h, 30d, 2w' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -l keep -d 'Keep what this go.sum, go.work.sum or go.mod lists; may be repeated' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -l dry-run -d 'Print what would be removed, with its bytes; remove nothing'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -l force -d 'Remove what was used within the last hour too: nobody else is using the cache'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from prune" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from remove" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from remove" -l dry-run -d 'Print what would be removed, with its bytes; remove nothing'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from remove" -l force -d 'Remove what was used within the last hour too: nobody else is using the cache'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from remove" -s q -d 'Print errors only'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from drop-zips" -s C -d 'Change to DIR first; must be the first flag' -r
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from drop-zips" -l dry-run -d 'Print what would be removed, with its bytes; remove nothing'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from drop-zips" -l force -d 'Remove what was used within the last hour too: nobody else is using the cache'
complete -c gomod -n "__fish_gomod_using_subcommand cache; and __fish_seen_subcommand_from drop-zips" -s q -d 'Print errors only'
