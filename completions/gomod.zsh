#compdef gomod

autoload -U is-at-least

_gomod() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
":: :_gomod_commands" \
"*::: :->gomod" \
&& ret=0
    case $state in
    (gomod)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:gomod-command-$line[1]:"
        case $line[1] in
            (download)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'*--for=[Download what these packages need, only; may be repeated]:PATTERN:_default' \
'--tags=[With -for\: build tags that hold, between commas]:TAGS:_default' \
'--os=[With -for\: the system to build for, in place of the variable]:GOOS:_default' \
'--arch=[With -for\: the architecture to build for, in place of the variable]:GOARCH:_default' \
'--reuse=[JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there]:FILE:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'--tests[With -for\: count what the tests of the packages import, as for go test]' \
'-v[With -for\: tell of each module which package needs it]' \
'--json[Print a JSON object for each module]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(get)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'*-u+[Update what the packages import too\: to the newest version, or patch release]::patch:_default' \
'--tags=[Build tags that hold where packages are checked, between commas]:TAGS:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-t[Count what tests import]' \
'--tool[Declare the packages to be tools, or with @none drop them]' \
'--dry-run[Print what would change in go.mod and go.sum as a diff; write neither]' \
'-v[Tell of each version that is tried]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(tidy)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--go=[Set the go line]:VERSION:_default' \
'--compat=[The oldest Go version that is to load the same packages]:VERSION:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-e[Go on where packages cannot be found or read]' \
'-v[Name requirements that are dropped]' \
'--diff[Print what would change, write nothing, exit 1 if that is anything]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(edit)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--module=[Set the module path]:PATH:_default' \
'--go=[Set the go line, or drop it\: none]:VERSION:_default' \
'--toolchain=[Set the toolchain line, or drop it\: none]:NAME:_default' \
'*--godebug=[Set a GODEBUG setting]:KEY=VALUE:_default' \
'*--dropgodebug=[Drop a GODEBUG setting]:KEY:_default' \
'*--require=[Require a version, in place of others of the path]:PATH@VERSION:_default' \
'*--droprequire=[Drop a requirement]:PATH:_default' \
'*--exclude=[Exclude a version]:PATH@VERSION:_default' \
'*--dropexclude=[Drop an exclusion]:PATH@VERSION:_default' \
'*--replace=[Replace a version, or all, by another module'\''s or by a folder]:OLD[@VERSION]=NEW[@VERSION]:_default' \
'*--dropreplace=[Drop a replacement with this left side]:OLD[@VERSION]:_default' \
'*--retract=[Retract a version or an interval of them]:VERSION|[LOW,HIGH]:_default' \
'*--dropretract=[Drop a retraction]:VERSION|[LOW,HIGH]:_default' \
'*--tool=[Declare a package to be a tool]:PATH:_default' \
'*--droptool=[Drop a tool]:PATH:_default' \
'*--ignore=[Ignore a folder]:FOLDER:_default' \
'*--dropignore=[Stop ignoring a folder]:FOLDER:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--fmt[Only bring the file into go'\''s layout]' \
'--print[Print the file instead of writing it]' \
'--json[Print the file as JSON, do not write it]' \
'-n[Accepted as go accepts it; changes nothing]' \
'-x[Print each request]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'*--json=[Print a JSON object for each module, of all fields or of those named]::FIELDS:_default' \
'-f+[Print each module by a template]:TEMPLATE:_default' \
'--reuse=[JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there]:FILE:_default' \
'--mod=[readonly\: go.mod and go.sum must be up to date; mod\: bring them up to date; vendor]:MODE:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-m[List modules; must be given]' \
'-u[Add available updates, retractions and deprecations]' \
'--versions[Add the known versions]' \
'--retracted[Add retractions; with -versions list retracted versions too]' \
'-e[List modules with errors, rather than failing]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'*::arguments:_default' \
&& ret=0
;;
(graph)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--go=[Load the graph as this Go version does, rather than that of the go line]:VERSION:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(vendor)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'-o+[Make the folder DIR, rather than vendor]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-e[Go on despite packages that cannot be loaded, and say which]' \
'-v[Print the modules and packages that are vendored]' \
'--check[Write nothing; say what differs, and exit 1 where anything does]' \
'--include-non-go[Copy folders without Go files below those of packages too]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'--deep[Compare with go.sum, the checksum database and the vendor folder]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(why)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-m[Explain modules, rather than packages]' \
'--vendor[Leave out the tests of what is imported, as vendoring does]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(clean)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modcache[Remove GOMODCACHE; must be given]' \
'-n[Print the command that would do it, only]' \
'-x[Print the command that does the same]' \
&& ret=0
;;
(env)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--json[Print a JSON object]' \
'--changed[Print what is not the default]' \
'-w[Keep the assignments NAME=VALUE]' \
'-u[Remove what is kept for these names]' \
'*::arguments:_default' \
&& ret=0
;;
(version)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(completion)
_arguments "${_arguments_options[@]}" : \
'*::arguments:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
'*::arguments:_default' \
&& ret=0
;;
(mod)
_arguments "${_arguments_options[@]}" : \
":: :_gomod__subcmd__mod_commands" \
"*::: :->mod" \
&& ret=0

    case $state in
    (mod)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:gomod-mod-command-$line[1]:"
        case $line[1] in
            (download)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'*--for=[Download what these packages need, only; may be repeated]:PATTERN:_default' \
'--tags=[With -for\: build tags that hold, between commas]:TAGS:_default' \
'--os=[With -for\: the system to build for, in place of the variable]:GOOS:_default' \
'--arch=[With -for\: the architecture to build for, in place of the variable]:GOARCH:_default' \
'--reuse=[JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there]:FILE:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'--tests[With -for\: count what the tests of the packages import, as for go test]' \
'-v[With -for\: tell of each module which package needs it]' \
'--json[Print a JSON object for each module]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(tidy)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--go=[Set the go line]:VERSION:_default' \
'--compat=[The oldest Go version that is to load the same packages]:VERSION:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-e[Go on where packages cannot be found or read]' \
'-v[Name requirements that are dropped]' \
'--diff[Print what would change, write nothing, exit 1 if that is anything]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(edit)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--module=[Set the module path]:PATH:_default' \
'--go=[Set the go line, or drop it\: none]:VERSION:_default' \
'--toolchain=[Set the toolchain line, or drop it\: none]:NAME:_default' \
'*--godebug=[Set a GODEBUG setting]:KEY=VALUE:_default' \
'*--dropgodebug=[Drop a GODEBUG setting]:KEY:_default' \
'*--require=[Require a version, in place of others of the path]:PATH@VERSION:_default' \
'*--droprequire=[Drop a requirement]:PATH:_default' \
'*--exclude=[Exclude a version]:PATH@VERSION:_default' \
'*--dropexclude=[Drop an exclusion]:PATH@VERSION:_default' \
'*--replace=[Replace a version, or all, by another module'\''s or by a folder]:OLD[@VERSION]=NEW[@VERSION]:_default' \
'*--dropreplace=[Drop a replacement with this left side]:OLD[@VERSION]:_default' \
'*--retract=[Retract a version or an interval of them]:VERSION|[LOW,HIGH]:_default' \
'*--dropretract=[Drop a retraction]:VERSION|[LOW,HIGH]:_default' \
'*--tool=[Declare a package to be a tool]:PATH:_default' \
'*--droptool=[Drop a tool]:PATH:_default' \
'*--ignore=[Ignore a folder]:FOLDER:_default' \
'*--dropignore=[Stop ignoring a folder]:FOLDER:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--fmt[Only bring the file into go'\''s layout]' \
'--print[Print the file instead of writing it]' \
'--json[Print the file as JSON, do not write it]' \
'-n[Accepted as go accepts it; changes nothing]' \
'-x[Print each request]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(graph)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--go=[Load the graph as this Go version does, rather than that of the go line]:VERSION:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(vendor)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'-o+[Make the folder DIR, rather than vendor]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-e[Go on despite packages that cannot be loaded, and say which]' \
'-v[Print the modules and packages that are vendored]' \
'--check[Write nothing; say what differs, and exit 1 where anything does]' \
'--include-non-go[Copy folders without Go files below those of packages too]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'--deep[Compare with go.sum, the checksum database and the vendor folder]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(why)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-m[Explain modules, rather than packages]' \
'--vendor[Leave out the tests of what is imported, as vendoring does]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(work)
_arguments "${_arguments_options[@]}" : \
":: :_gomod__subcmd__work_commands" \
"*::: :->work" \
&& ret=0

    case $state in
    (work)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:gomod-work-command-$line[1]:"
        case $line[1] in
            (init)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
(edit)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--go=[Set the go line, or drop it\: none]:VERSION:_default' \
'--toolchain=[Set the toolchain line, or drop it\: none]:NAME:_default' \
'*--godebug=[Set a GODEBUG setting]:KEY=VALUE:_default' \
'*--dropgodebug=[Drop a GODEBUG setting]:KEY:_default' \
'*--use=[Use the module in a folder]:FOLDER:_default' \
'*--dropuse=[Stop using a folder]:FOLDER:_default' \
'*--replace=[Replace a version, or all, by another module'\''s or by a folder]:OLD[@VERSION]=NEW[@VERSION]:_default' \
'*--dropreplace=[Drop a replacement with this left side]:OLD[@VERSION]:_default' \
'--fmt[Only bring the file into go'\''s layout]' \
'--print[Print the file instead of writing it]' \
'--json[Print the file as JSON, do not write it]' \
'*::arguments:_default' \
&& ret=0
;;
(sync)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(vendor)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'-o+[Make the folder DIR, rather than vendor]:DIR:_default' \
'--modfile=[Read and write FILE, and the .sum beside it, instead of go.mod and go.sum]:FILE:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'--token-file=[Lines HOST TOKEN or HOST USER\:TOKEN, to be sent to these hosts by https]:FILE:_default' \
'--retries=[How often a request is made again where the server or the network stumbles (3)]:N:_default' \
'--stall-timeout=[How long nothing may come from a server, such as 90s (15s)]:DURATION:_default' \
'-e[Go on despite packages that cannot be loaded, and say which]' \
'-v[Print the modules and packages that are vendored]' \
'--check[Write nothing; say what differs, and exit 1 where anything does]' \
'--include-non-go[Copy folders without Go files below those of packages too]' \
'-x[Print each request]' \
'-q[Print errors only]' \
'--no-retry[Make no request again, as go does]' \
'--offline[Open no connection\: what the module cache lacks is named, all of it, and is an error]' \
'--locked[Print what would change in go.mod and go.sum and fail, rather than change them]' \
'--modcacherw[Leave new folders of the module cache writable]' \
&& ret=0
;;
(use)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--overlay=[JSON that names files to stand in for others]:FILE:_default' \
'-r[Look for modules below the folders too]' \
'--modcacherw[Leave new folders of the module cache writable]' \
'*::arguments:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(cache)
_arguments "${_arguments_options[@]}" : \
":: :_gomod__subcmd__cache_commands" \
"*::: :->cache" \
&& ret=0

    case $state in
    (cache)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:gomod-cache-command-$line[1]:"
        case $line[1] in
            (size)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--json[Print a JSON object for each module]' \
'-q[Print errors only]' \
'*::arguments:_default' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--unused-for=[Remove what was not used for so long\: 90m, 12h, 30d, 2w]:DURATION:_default' \
'*--keep=[Keep what this go.sum, go.work.sum or go.mod lists; may be repeated]:FILE:_default' \
'--dry-run[Print what would be removed, with its bytes; remove nothing]' \
'--force[Remove what was used within the last hour too\: nobody else is using the cache]' \
'-q[Print errors only]' \
'*::arguments:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--dry-run[Print what would be removed, with its bytes; remove nothing]' \
'--force[Remove what was used within the last hour too\: nobody else is using the cache]' \
'-q[Print errors only]' \
'*::arguments:_default' \
&& ret=0
;;
(drop-zips)
_arguments "${_arguments_options[@]}" : \
'-C+[Change to DIR first; must be the first flag]:DIR:_default' \
'--dry-run[Print what would be removed, with its bytes; remove nothing]' \
'--force[Remove what was used within the last hour too\: nobody else is using the cache]' \
'-q[Print errors only]' \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_gomod_commands] )) ||
_gomod_commands() {
    local commands; commands=(
'download:Download modules to the module cache' \
'get:Add, change or remove requirements of the current module' \
'tidy:Bring go.mod and go.sum in line with what packages import' \
'edit:Edit go.mod from tools or scripts' \
'init:Begin a module in the current folder' \
'list:Describe modules of the build list, or any at a version' \
'graph:Print the module graph' \
'vendor:Make a folder of the packages that the main module needs' \
'verify:Check that cached modules are as they were downloaded' \
'why:Explain why packages or modules are needed' \
'clean:Remove the module cache' \
'env:Print settings, or keep them in the go/env file' \
'version:Print gomod'\''s version and the Go version that it takes for the local one' \
'completion:Print a completion script for a shell' \
'help:Explain a verb' \
'mod:The verbs of '\''go mod'\'', under their old name' \
'work:Begin and change workspaces\: go.work' \
'cache:Show what the module cache holds, and remove what is not used any more' \
    )
    _describe -t commands 'gomod commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache_commands] )) ||
_gomod__subcmd__cache_commands() {
    local commands; commands=(
'size:Show how much the module cache holds' \
'list:List the modules in the module cache, with their bytes and last use' \
'prune:Remove from the module cache what is not used any more' \
'remove:Remove modules from the module cache' \
'drop-zips:Remove the zips of extracted modules from the module cache' \
    )
    _describe -t commands 'gomod cache commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache__subcmd__drop-zips_commands] )) ||
_gomod__subcmd__cache__subcmd__drop-zips_commands() {
    local commands; commands=()
    _describe -t commands 'gomod cache drop-zips commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache__subcmd__list_commands] )) ||
_gomod__subcmd__cache__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'gomod cache list commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache__subcmd__prune_commands] )) ||
_gomod__subcmd__cache__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'gomod cache prune commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache__subcmd__remove_commands] )) ||
_gomod__subcmd__cache__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'gomod cache remove commands' commands "$@"
}
(( $+functions[_gomod__subcmd__cache__subcmd__size_commands] )) ||
_gomod__subcmd__cache__subcmd__size_commands() {
    local commands; commands=()
    _describe -t commands 'gomod cache size commands' commands "$@"
}
(( $+functions[_gomod__subcmd__clean_commands] )) ||
_gomod__subcmd__clean_commands() {
    local commands; commands=()
    _describe -t commands 'gomod clean commands' commands "$@"
}
(( $+functions[_gomod__subcmd__completion_commands] )) ||
_gomod__subcmd__completion_commands() {
    local commands; commands=()
    _describe -t commands 'gomod completion commands' commands "$@"
}
(( $+functions[_gomod__subcmd__download_commands] )) ||
_gomod__subcmd__download_commands() {
    local commands; commands=()
    _describe -t commands 'gomod download commands' commands "$@"
}
(( $+functions[_gomod__subcmd__edit_commands] )) ||
_gomod__subcmd__edit_commands() {
    local commands; commands=()
    _describe -t commands 'gomod edit commands' commands "$@"
}
(( $+functions[_gomod__subcmd__env_commands] )) ||
_gomod__subcmd__env_commands() {
    local commands; commands=()
    _describe -t commands 'gomod env commands' commands "$@"
}
(( $+functions[_gomod__subcmd__get_commands] )) ||
_gomod__subcmd__get_commands() {
    local commands; commands=()
    _describe -t commands 'gomod get commands' commands "$@"
}
(( $+functions[_gomod__subcmd__graph_commands] )) ||
_gomod__subcmd__graph_commands() {
    local commands; commands=()
    _describe -t commands 'gomod graph commands' commands "$@"
}
(( $+functions[_gomod__subcmd__help_commands] )) ||
_gomod__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'gomod help commands' commands "$@"
}
(( $+functions[_gomod__subcmd__init_commands] )) ||
_gomod__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'gomod init commands' commands "$@"
}
(( $+functions[_gomod__subcmd__list_commands] )) ||
_gomod__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'gomod list commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod_commands] )) ||
_gomod__subcmd__mod_commands() {
    local commands; commands=(
'download:Download modules to the module cache' \
'tidy:Bring go.mod and go.sum in line with what packages import' \
'edit:Edit go.mod from tools or scripts' \
'init:Begin a module in the current folder' \
'graph:Print the module graph' \
'vendor:Make a folder of the packages that the main module needs' \
'verify:Check that cached modules are as they were downloaded' \
'why:Explain why packages or modules are needed' \
    )
    _describe -t commands 'gomod mod commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__download_commands] )) ||
_gomod__subcmd__mod__subcmd__download_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod download commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__edit_commands] )) ||
_gomod__subcmd__mod__subcmd__edit_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod edit commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__graph_commands] )) ||
_gomod__subcmd__mod__subcmd__graph_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod graph commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__init_commands] )) ||
_gomod__subcmd__mod__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod init commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__tidy_commands] )) ||
_gomod__subcmd__mod__subcmd__tidy_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod tidy commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__vendor_commands] )) ||
_gomod__subcmd__mod__subcmd__vendor_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod vendor commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__verify_commands] )) ||
_gomod__subcmd__mod__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod verify commands' commands "$@"
}
(( $+functions[_gomod__subcmd__mod__subcmd__why_commands] )) ||
_gomod__subcmd__mod__subcmd__why_commands() {
    local commands; commands=()
    _describe -t commands 'gomod mod why commands' commands "$@"
}
(( $+functions[_gomod__subcmd__tidy_commands] )) ||
_gomod__subcmd__tidy_commands() {
    local commands; commands=()
    _describe -t commands 'gomod tidy commands' commands "$@"
}
(( $+functions[_gomod__subcmd__vendor_commands] )) ||
_gomod__subcmd__vendor_commands() {
    local commands; commands=()
    _describe -t commands 'gomod vendor commands' commands "$@"
}
(( $+functions[_gomod__subcmd__verify_commands] )) ||
_gomod__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'gomod verify commands' commands "$@"
}
(( $+functions[_gomod__subcmd__version_commands] )) ||
_gomod__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'gomod version commands' commands "$@"
}
(( $+functions[_gomod__subcmd__why_commands] )) ||
_gomod__subcmd__why_commands() {
    local commands; commands=()
    _describe -t commands 'gomod why commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work_commands] )) ||
_gomod__subcmd__work_commands() {
    local commands; commands=(
'init:Begin a workspace in the current folder' \
'edit:Edit go.work from tools or scripts' \
'sync:Bring the workspace'\''s versions back to its modules' \
'vendor:Make a folder of the packages that the workspace needs' \
'use:Add modules to the workspace, or remove those that are gone' \
    )
    _describe -t commands 'gomod work commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work__subcmd__edit_commands] )) ||
_gomod__subcmd__work__subcmd__edit_commands() {
    local commands; commands=()
    _describe -t commands 'gomod work edit commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work__subcmd__init_commands] )) ||
_gomod__subcmd__work__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'gomod work init commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work__subcmd__sync_commands] )) ||
_gomod__subcmd__work__subcmd__sync_commands() {
    local commands; commands=()
    _describe -t commands 'gomod work sync commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work__subcmd__use_commands] )) ||
_gomod__subcmd__work__subcmd__use_commands() {
    local commands; commands=()
    _describe -t commands 'gomod work use commands' commands "$@"
}
(( $+functions[_gomod__subcmd__work__subcmd__vendor_commands] )) ||
_gomod__subcmd__work__subcmd__vendor_commands() {
    local commands; commands=()
    _describe -t commands 'gomod work vendor commands' commands "$@"
}

if [ "$funcstack[1]" = "_gomod" ]; then
    _gomod "$@"
else
    compdef _gomod gomod
fi
