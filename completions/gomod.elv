
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
        &'gomod;version'= {
        }
        &'gomod;completion'= {
        }
        &'gomod;help'= {
        }
        &'gomod;mod'= {
            cand download 'Download modules to the module cache'
        }
        &'gomod;mod;download'= {
            cand --C 'Change to DIR first; must be the first flag'
            cand --modfile 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum'
            cand --json 'Print a JSON object for each module'
            cand --x 'Print each request'
            cand --q 'Print errors only'
            cand --modcacherw 'Leave new folders of the module cache writable'
        }
    ]
    $completions[$command]
}
