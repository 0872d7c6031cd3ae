
use builtin;
use str;

set edit:completion:arg-completer[gomod] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'gomod'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'gomod'= {
            cand download 'Download modules to the module cache'
            cand get 'Add, change or remove requirements of the current module'
            cand tidy 'Bring go.mod and go.sum in line with what packages import'
            cand edit 'Edit go.mod from tools or scripts'
            cand init 'Begin a module in the current folder'
            cand list 'Describe modules of the build list, or any at a version'
            cand graph 'Print the module graph'
            cand vendor 'Make a folder of the packages that the main module needs'
            cand verify 'Check that cached modules are as they were downloaded'
            cand why 'Explain why packages or modules are needed'
            cand clean 'Remove the module cache'
            cand env 'Print settings, or keep them in the go/env file'
            cand version 'Print gomod''s version and the Go version that it takes for the local one'
            cand completion 'Print a completion script for a shell'
            cand help 'Explain a verb'
            cand mod 'The verbs of ''go mod'', under their old name'
            cand work 'Begin and change workspaces: go.work'
            cand cache 'Show what the module cache holds, and remove what is not used any more'
        }
        &'gomod;download'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --for 'Download what these packages need, only; may be repeated'
            cand --tags 'With -for: build tags that hold, between commas'
            cand --os 'With -for: the system to build for, in place of the variable'
            cand --arch 'With -for: the architecture to build for, in place of the variable'
            cand --reuse 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand --tests 'With -for: count what the tests of the packages import, as for go test'
            cand -v 'With -for: tell of each module which package needs it'
            cand --json 'Print a JSON object for each module'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;get'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand -u 'Update what the packages import too: to the newest version, or patch release'
            cand --tags 'Build tags that hold where packages are checked, between commas'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -t 'Count what tests import'
            cand --tool 'Declare the packages to be tools, or with @none drop them'
            cand --dry-run 'Print what would change in go.mod and go.sum as a diff; write neither'
            cand -v 'Tell of each version that is tried'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;tidy'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --go 'Set the go line'
            cand --compat 'The oldest Go version that is to load the same packages'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -e 'Go on where packages cannot be found or read'
            cand -v 'Name requirements that are dropped'
            cand --diff 'Print what would change, write nothing, exit 1 if that is anything'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;edit'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --module 'Set the module path'
            cand --go 'Set the go line, or drop it: none'
            cand --toolchain 'Set the toolchain line, or drop it: none'
            cand --godebug 'Set a GODEBUG setting'
            cand --dropgodebug 'Drop a GODEBUG setting'
            cand --require 'Require a version, in place of others of the path'
            cand --droprequire 'Drop a requirement'
            cand --exclude 'Exclude a version'
            cand --dropexclude 'Drop an exclusion'
            cand --replace 'Replace a version, or all, by another module''s or by a folder'
            cand --dropreplace 'Drop a replacement with this left side'
            cand --retract 'Retract a version or an interval of them'
            cand --dropretract 'Drop a retraction'
            cand --tool 'Declare a package to be a tool'
            cand --droptool 'Drop a tool'
            cand --ignore 'Ignore a folder'
            cand --dropignore 'Stop ignoring a folder'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --fmt 'Only bring the file into go''s layout'
            cand --print 'Print the file instead of writing it'
            cand --json 'Print the file as JSON, do not write it'
            cand -n 'Accepted as go accepts it; changes nothing'
            cand -x 'Print each request'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;init'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;list'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --json 'Print a JSON object for each module, of all fields or of those named'
            cand -f 'Print each module by a template'
            cand --reuse 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there'
            cand --mod 'readonly: go.mod and go.sum must be up to date; mod: bring them up to date; vendor'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -m 'List modules; must be given'
            cand -u 'Add available updates, retractions and deprecations'
            cand --versions 'Add the known versions'
            cand --retracted 'Add retractions; with -versions list retracted versions too'
            cand -e 'List modules with errors, rather than failing'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
            cand -x 'Print each request'
            cand -q 'Print errors only'
        }
        &'gomod;graph'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --go 'Load the graph as this Go version does, rather than that of the go line'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;vendor'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand -o 'Make the folder DIR, rather than vendor'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -e 'Go on despite packages that cannot be loaded, and say which'
            cand -v 'Print the modules and packages that are vendored'
            cand --check 'Write nothing; say what differs, and exit 1 where anything does'
            cand --include-non-go 'Copy folders without Go files below those of packages too'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;verify'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand --deep 'Compare with go.sum, the checksum database and the vendor folder'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;why'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -m 'Explain modules, rather than packages'
            cand --vendor 'Leave out the tests of what is imported, as vendoring does'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;clean'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modcache 'Remove GOMODCACHE; must be given'
            cand -n 'Print the command that would do it, only'
            cand -x 'Print the command that does the same'
        }
        &'gomod;env'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --json 'Print a JSON object'
            cand --changed 'Print what is not the default'
            cand -w 'Keep the assignments NAME=VALUE'
            cand -u 'Remove what is kept for these names'
        }
        &'gomod;version'= {
        }
        &'gomod;completion'= {
        }
        &'gomod;help'= {
        }
        &'gomod;mod'= {
            cand download 'Download modules to the module cache'
            cand tidy 'Bring go.mod and go.sum in line with what packages import'
            cand edit 'Edit go.mod from tools or scripts'
            cand init 'Begin a module in the current folder'
            cand graph 'Print the module graph'
            cand vendor 'Make a folder of the packages that the main module needs'
            cand verify 'Check that cached modules are as they were downloaded'
            cand why 'Explain why packages or modules are needed'
        }
        &'gomod;mod;download'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --for 'Download what these packages need, only; may be repeated'
            cand --tags 'With -for: build tags that hold, between commas'
            cand --os 'With -for: the system to build for, in place of the variable'
            cand --arch 'With -for: the architecture to build for, in place of the variable'
            cand --reuse 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand --tests 'With -for: count what the tests of the packages import, as for go test'
            cand -v 'With -for: tell of each module which package needs it'
            cand --json 'Print a JSON object for each module'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;tidy'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --go 'Set the go line'
            cand --compat 'The oldest Go version that is to load the same packages'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -e 'Go on where packages cannot be found or read'
            cand -v 'Name requirements that are dropped'
            cand --diff 'Print what would change, write nothing, exit 1 if that is anything'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;edit'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --module 'Set the module path'
            cand --go 'Set the go line, or drop it: none'
            cand --toolchain 'Set the toolchain line, or drop it: none'
            cand --godebug 'Set a GODEBUG setting'
            cand --dropgodebug 'Drop a GODEBUG setting'
            cand --require 'Require a version, in place of others of the path'
            cand --droprequire 'Drop a requirement'
            cand --exclude 'Exclude a version'
            cand --dropexclude 'Drop an exclusion'
            cand --replace 'Replace a version, or all, by another module''s or by a folder'
            cand --dropreplace 'Drop a replacement with this left side'
            cand --retract 'Retract a version or an interval of them'
            cand --dropretract 'Drop a retraction'
            cand --tool 'Declare a package to be a tool'
            cand --droptool 'Drop a tool'
            cand --ignore 'Ignore a folder'
            cand --dropignore 'Stop ignoring a folder'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --fmt 'Only bring the file into go''s layout'
            cand --print 'Print the file instead of writing it'
            cand --json 'Print the file as JSON, do not write it'
            cand -n 'Accepted as go accepts it; changes nothing'
            cand -x 'Print each request'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;init'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;graph'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --go 'Load the graph as this Go version does, rather than that of the go line'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;vendor'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand -o 'Make the folder DIR, rather than vendor'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -e 'Go on despite packages that cannot be loaded, and say which'
            cand -v 'Print the modules and packages that are vendored'
            cand --check 'Write nothing; say what differs, and exit 1 where anything does'
            cand --include-non-go 'Copy folders without Go files below those of packages too'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;verify'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand --deep 'Compare with go.sum, the checksum database and the vendor folder'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;why'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -m 'Explain modules, rather than packages'
            cand --vendor 'Leave out the tests of what is imported, as vendoring does'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;work'= {
            cand init 'Begin a workspace in the current folder'
            cand edit 'Edit go.work from tools or scripts'
            cand sync 'Bring the workspace''s versions back to its modules'
            cand vendor 'Make a folder of the packages that the workspace needs'
            cand use 'Add modules to the workspace, or remove those that are gone'
        }
        &'gomod;work;init'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --overlay 'JSON that names files to stand in for others'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;work;edit'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --go 'Set the go line, or drop it: none'
            cand --toolchain 'Set the toolchain line, or drop it: none'
            cand --godebug 'Set a GODEBUG setting'
            cand --dropgodebug 'Drop a GODEBUG setting'
            cand --use 'Use the module in a folder'
            cand --dropuse 'Stop using a folder'
            cand --replace 'Replace a version, or all, by another module''s or by a folder'
            cand --dropreplace 'Drop a replacement with this left side'
            cand --fmt 'Only bring the file into go''s layout'
            cand --print 'Print the file instead of writing it'
            cand --json 'Print the file as JSON, do not write it'
        }
        &'gomod;work;sync'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;work;vendor'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand -o 'Make the folder DIR, rather than vendor'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --overlay 'JSON that names files to stand in for others'
            cand --token-file 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https'
            cand -e 'Go on despite packages that cannot be loaded, and say which'
            cand -v 'Print the modules and packages that are vendored'
            cand --check 'Write nothing; say what differs, and exit 1 where anything does'
            cand --include-non-go 'Copy folders without Go files below those of packages too'
            cand -x 'Print each request'
            cand -q 'Print errors only'
            cand --offline 'Open no connection: what the module cache lacks is named, all of it, and is an error'
            cand --locked 'Print what would change in go.mod and go.sum and fail, rather than change them'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;work;use'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --overlay 'JSON that names files to stand in for others'
            cand -r 'Look for modules below the folders too'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;cache'= {
            cand size 'Show how much the module cache holds'
            cand list 'List the modules in the module cache, with their bytes and last use'
            cand prune 'Remove from the module cache what is not used any more'
            cand remove 'Remove modules from the module cache'
            cand drop-zips 'Remove the zips of extracted modules from the module cache'
        }
        &'gomod;cache;size'= {
            cand -C 'Change to DIR first; must be the first flag'
        }
        &'gomod;cache;list'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --json 'Print a JSON object for each module'
            cand -q 'Print errors only'
        }
        &'gomod;cache;prune'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --unused-for 'Remove what was not used for so long: 90m, 12h, 30d, 2w'
            cand --keep 'Keep what this go.sum, go.work.sum or go.mod lists; may be repeated'
            cand --dry-run 'Print what would be removed, with its bytes; remove nothing'
            cand --force 'Remove what was used within the last hour too: nobody else is using the cache'
            cand -q 'Print errors only'
        }
        &'gomod;cache;remove'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --dry-run 'Print what would be removed, with its bytes; remove nothing'
            cand --force 'Remove what was used within the last hour too: nobody else is using the cache'
            cand -q 'Print errors only'
        }
        &'gomod;cache;drop-zips'= {
            cand -C 'Change to DIR first; must be the first flag'
            cand --dry-run 'Print what would be removed, with its bytes; remove nothing'
            cand --force 'Remove what was used within the last hour too: nobody else is using the cache'
            cand -q 'Print errors only'
        }
    ]
    $completions[$command]
}
