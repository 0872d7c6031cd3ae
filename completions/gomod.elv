
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
            cand get 'Add or raise requirements of the current module'
            cand edit 'Edit go.mod from tools or scripts'
            cand init 'Begin a module in the current folder'
            cand version 'Print gomod''s version and the Go version that it takes for the local one'
            cand completion 'Print a completion script for a shell'
            cand help 'Explain a verb'
            cand mod 'The verbs of ''go mod'', under their old name'
        }
        &'gomod;download'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --json 'Print a JSON object for each module'
            cand --x 'Print each request'
            cand --q 'Print errors only'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;get'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --x 'Print each request'
            cand --q 'Print errors only'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;edit'= {
            cand --C 'Change to DIR first; must be the first flag'
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
            cand --n 'Accepted as go accepts it; changes nothing'
            cand --x 'Print each request'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;init'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;version'= {
        }
        &'gomod;completion'= {
        }
        &'gomod;help'= {
        }
        &'gomod;mod'= {
            cand download 'Download modules to the module cache'
            cand edit 'Edit go.mod from tools or scripts'
            cand init 'Begin a module in the current folder'
        }
        &'gomod;mod;download'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --json 'Print a JSON object for each module'
            cand --x 'Print each request'
            cand --q 'Print errors only'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;edit'= {
            cand --C 'Change to DIR first; must be the first flag'
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
            cand --n 'Accepted as go accepts it; changes nothing'
            cand --x 'Print each request'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
        &'gomod;mod;init'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
    ]
    $completions[$command]
}
