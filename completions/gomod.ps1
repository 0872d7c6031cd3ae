
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'gomod' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'gomod'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'gomod' {
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Download modules to the module cache')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Add, change or remove requirements of the current module')
            [CompletionResult]::new('tidy', 'tidy', [CompletionResultType]::ParameterValue, 'Bring go.mod and go.sum in line with what packages import')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit go.mod from tools or scripts')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Begin a module in the current folder')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Describe modules of the build list, or any at a version')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Print the module graph')
            [CompletionResult]::new('vendor', 'vendor', [CompletionResultType]::ParameterValue, 'Make a folder of the packages that the main module needs')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that cached modules are as they were downloaded')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain why packages or modules are needed')
            [CompletionResult]::new('clean', 'clean', [CompletionResultType]::ParameterValue, 'Remove the module cache')
            [CompletionResult]::new('env', 'env', [CompletionResultType]::ParameterValue, 'Print settings, or keep them in the go/env file')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print gomod''s version and the Go version that it takes for the local one')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Explain a verb')
            [CompletionResult]::new('mod', 'mod', [CompletionResultType]::ParameterValue, 'The verbs of ''go mod'', under their old name')
            [CompletionResult]::new('work', 'work', [CompletionResultType]::ParameterValue, 'Begin and change workspaces: go.work')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show what the module cache holds, and remove what is not used any more')
            break
        }
        'gomod;download' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Download what these packages need, only; may be repeated')
            [CompletionResult]::new('--tags', '--tags', [CompletionResultType]::ParameterName, 'With -for: build tags that hold, between commas')
            [CompletionResult]::new('--os', '--os', [CompletionResultType]::ParameterName, 'With -for: the system to build for, in place of the variable')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'With -for: the architecture to build for, in place of the variable')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('--tests', '--tests', [CompletionResultType]::ParameterName, 'With -for: count what the tests of the packages import, as for go test')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'With -for: tell of each module which package needs it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;get' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Update what the packages import too: to the newest version, or patch release')
            [CompletionResult]::new('--tags', '--tags', [CompletionResultType]::ParameterName, 'Build tags that hold where packages are checked, between commas')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Count what tests import')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'Declare the packages to be tools, or with @none drop them')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum as a diff; write neither')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell of each version that is tried')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;tidy' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Set the go line')
            [CompletionResult]::new('--compat', '--compat', [CompletionResultType]::ParameterName, 'The oldest Go version that is to load the same packages')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Go on where packages cannot be found or read')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name requirements that are dropped')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what would change, write nothing, exit 1 if that is anything')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;edit' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'Set the module path')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Set the go line, or drop it: none')
            [CompletionResult]::new('--toolchain', '--toolchain', [CompletionResultType]::ParameterName, 'Set the toolchain line, or drop it: none')
            [CompletionResult]::new('--godebug', '--godebug', [CompletionResultType]::ParameterName, 'Set a GODEBUG setting')
            [CompletionResult]::new('--dropgodebug', '--dropgodebug', [CompletionResultType]::ParameterName, 'Drop a GODEBUG setting')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'Require a version, in place of others of the path')
            [CompletionResult]::new('--droprequire', '--droprequire', [CompletionResultType]::ParameterName, 'Drop a requirement')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Exclude a version')
            [CompletionResult]::new('--dropexclude', '--dropexclude', [CompletionResultType]::ParameterName, 'Drop an exclusion')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace a version, or all, by another module''s or by a folder')
            [CompletionResult]::new('--dropreplace', '--dropreplace', [CompletionResultType]::ParameterName, 'Drop a replacement with this left side')
            [CompletionResult]::new('--retract', '--retract', [CompletionResultType]::ParameterName, 'Retract a version or an interval of them')
            [CompletionResult]::new('--dropretract', '--dropretract', [CompletionResultType]::ParameterName, 'Drop a retraction')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'Declare a package to be a tool')
            [CompletionResult]::new('--droptool', '--droptool', [CompletionResultType]::ParameterName, 'Drop a tool')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'Ignore a folder')
            [CompletionResult]::new('--dropignore', '--dropignore', [CompletionResultType]::ParameterName, 'Stop ignoring a folder')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--fmt', '--fmt', [CompletionResultType]::ParameterName, 'Only bring the file into go''s layout')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the file instead of writing it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the file as JSON, do not write it')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Accepted as go accepts it; changes nothing')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;init' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;list' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module, of all fields or of those named')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Print each module by a template')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there')
            [CompletionResult]::new('--mod', '--mod', [CompletionResultType]::ParameterName, 'readonly: go.mod and go.sum must be up to date; mod: bring them up to date; vendor')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'List modules; must be given')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Add available updates, retractions and deprecations')
            [CompletionResult]::new('--versions', '--versions', [CompletionResultType]::ParameterName, 'Add the known versions')
            [CompletionResult]::new('--retracted', '--retracted', [CompletionResultType]::ParameterName, 'Add retractions; with -versions list retracted versions too')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'List modules with errors, rather than failing')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            break
        }
        'gomod;graph' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Load the graph as this Go version does, rather than that of the go line')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;vendor' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Make the folder DIR, rather than vendor')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Go on despite packages that cannot be loaded, and say which')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print the modules and packages that are vendored')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing; say what differs, and exit 1 where anything does')
            [CompletionResult]::new('--include-non-go', '--include-non-go', [CompletionResultType]::ParameterName, 'Copy folders without Go files below those of packages too')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;verify' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Compare with go.sum, the checksum database and the vendor folder')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;why' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Explain modules, rather than packages')
            [CompletionResult]::new('--vendor', '--vendor', [CompletionResultType]::ParameterName, 'Leave out the tests of what is imported, as vendoring does')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;clean' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modcache', '--modcache', [CompletionResultType]::ParameterName, 'Remove GOMODCACHE; must be given')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Print the command that would do it, only')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print the command that does the same')
            break
        }
        'gomod;env' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object')
            [CompletionResult]::new('--changed', '--changed', [CompletionResultType]::ParameterName, 'Print what is not the default')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Keep the assignments NAME=VALUE')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Remove what is kept for these names')
            break
        }
        'gomod;version' {
            break
        }
        'gomod;completion' {
            break
        }
        'gomod;help' {
            break
        }
        'gomod;mod' {
            [CompletionResult]::new('download', 'download', [CompletionResultType]::ParameterValue, 'Download modules to the module cache')
            [CompletionResult]::new('tidy', 'tidy', [CompletionResultType]::ParameterValue, 'Bring go.mod and go.sum in line with what packages import')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit go.mod from tools or scripts')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Begin a module in the current folder')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Print the module graph')
            [CompletionResult]::new('vendor', 'vendor', [CompletionResultType]::ParameterValue, 'Make a folder of the packages that the main module needs')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that cached modules are as they were downloaded')
            [CompletionResult]::new('why', 'why', [CompletionResultType]::ParameterValue, 'Explain why packages or modules are needed')
            break
        }
        'gomod;mod;download' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Download what these packages need, only; may be repeated')
            [CompletionResult]::new('--tags', '--tags', [CompletionResultType]::ParameterName, 'With -for: build tags that hold, between commas')
            [CompletionResult]::new('--os', '--os', [CompletionResultType]::ParameterName, 'With -for: the system to build for, in place of the variable')
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'With -for: the architecture to build for, in place of the variable')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'JSON of an earlier run; proxies cannot tell what has changed, so it saves nothing there')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('--tests', '--tests', [CompletionResultType]::ParameterName, 'With -for: count what the tests of the packages import, as for go test')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'With -for: tell of each module which package needs it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;tidy' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Set the go line')
            [CompletionResult]::new('--compat', '--compat', [CompletionResultType]::ParameterName, 'The oldest Go version that is to load the same packages')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Go on where packages cannot be found or read')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Name requirements that are dropped')
            [CompletionResult]::new('--diff', '--diff', [CompletionResultType]::ParameterName, 'Print what would change, write nothing, exit 1 if that is anything')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;edit' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'Set the module path')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Set the go line, or drop it: none')
            [CompletionResult]::new('--toolchain', '--toolchain', [CompletionResultType]::ParameterName, 'Set the toolchain line, or drop it: none')
            [CompletionResult]::new('--godebug', '--godebug', [CompletionResultType]::ParameterName, 'Set a GODEBUG setting')
            [CompletionResult]::new('--dropgodebug', '--dropgodebug', [CompletionResultType]::ParameterName, 'Drop a GODEBUG setting')
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'Require a version, in place of others of the path')
            [CompletionResult]::new('--droprequire', '--droprequire', [CompletionResultType]::ParameterName, 'Drop a requirement')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Exclude a version')
            [CompletionResult]::new('--dropexclude', '--dropexclude', [CompletionResultType]::ParameterName, 'Drop an exclusion')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace a version, or all, by another module''s or by a folder')
            [CompletionResult]::new('--dropreplace', '--dropreplace', [CompletionResultType]::ParameterName, 'Drop a replacement with this left side')
            [CompletionResult]::new('--retract', '--retract', [CompletionResultType]::ParameterName, 'Retract a version or an interval of them')
            [CompletionResult]::new('--dropretract', '--dropretract', [CompletionResultType]::ParameterName, 'Drop a retraction')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'Declare a package to be a tool')
            [CompletionResult]::new('--droptool', '--droptool', [CompletionResultType]::ParameterName, 'Drop a tool')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'Ignore a folder')
            [CompletionResult]::new('--dropignore', '--dropignore', [CompletionResultType]::ParameterName, 'Stop ignoring a folder')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--fmt', '--fmt', [CompletionResultType]::ParameterName, 'Only bring the file into go''s layout')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the file instead of writing it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the file as JSON, do not write it')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Accepted as go accepts it; changes nothing')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;init' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;graph' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Load the graph as this Go version does, rather than that of the go line')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;vendor' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Make the folder DIR, rather than vendor')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Go on despite packages that cannot be loaded, and say which')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print the modules and packages that are vendored')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing; say what differs, and exit 1 where anything does')
            [CompletionResult]::new('--include-non-go', '--include-non-go', [CompletionResultType]::ParameterName, 'Copy folders without Go files below those of packages too')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;verify' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('--deep', '--deep', [CompletionResultType]::ParameterName, 'Compare with go.sum, the checksum database and the vendor folder')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;mod;why' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'Explain modules, rather than packages')
            [CompletionResult]::new('--vendor', '--vendor', [CompletionResultType]::ParameterName, 'Leave out the tests of what is imported, as vendoring does')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;work' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Begin a workspace in the current folder')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit go.work from tools or scripts')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Bring the workspace''s versions back to its modules')
            [CompletionResult]::new('vendor', 'vendor', [CompletionResultType]::ParameterValue, 'Make a folder of the packages that the workspace needs')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Add modules to the workspace, or remove those that are gone')
            break
        }
        'gomod;work;init' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;work;edit' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--go', '--go', [CompletionResultType]::ParameterName, 'Set the go line, or drop it: none')
            [CompletionResult]::new('--toolchain', '--toolchain', [CompletionResultType]::ParameterName, 'Set the toolchain line, or drop it: none')
            [CompletionResult]::new('--godebug', '--godebug', [CompletionResultType]::ParameterName, 'Set a GODEBUG setting')
            [CompletionResult]::new('--dropgodebug', '--dropgodebug', [CompletionResultType]::ParameterName, 'Drop a GODEBUG setting')
            [CompletionResult]::new('--use', '--use', [CompletionResultType]::ParameterName, 'Use the module in a folder')
            [CompletionResult]::new('--dropuse', '--dropuse', [CompletionResultType]::ParameterName, 'Stop using a folder')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Replace a version, or all, by another module''s or by a folder')
            [CompletionResult]::new('--dropreplace', '--dropreplace', [CompletionResultType]::ParameterName, 'Drop a replacement with this left side')
            [CompletionResult]::new('--fmt', '--fmt', [CompletionResultType]::ParameterName, 'Only bring the file into go''s layout')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the file instead of writing it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print the file as JSON, do not write it')
            break
        }
        'gomod;work;sync' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;work;vendor' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Make the folder DIR, rather than vendor')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Lines HOST TOKEN or HOST USER:TOKEN, to be sent to these hosts by https')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often a request is made again where the server or the network stumbles (3)')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'How long nothing may come from a server, such as 90s (15s)')
            [CompletionResult]::new('-e', '-e', [CompletionResultType]::ParameterName, 'Go on despite packages that cannot be loaded, and say which')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print the modules and packages that are vendored')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Write nothing; say what differs, and exit 1 where anything does')
            [CompletionResult]::new('--include-non-go', '--include-non-go', [CompletionResultType]::ParameterName, 'Copy folders without Go files below those of packages too')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--no-retry', '--no-retry', [CompletionResultType]::ParameterName, 'Make no request again, as go does')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Open no connection: what the module cache lacks is named, all of it, and is an error')
            [CompletionResult]::new('--locked', '--locked', [CompletionResultType]::ParameterName, 'Print what would change in go.mod and go.sum and fail, rather than change them')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;work;use' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'JSON that names files to stand in for others')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Look for modules below the folders too')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;cache' {
            [CompletionResult]::new('size', 'size', [CompletionResultType]::ParameterValue, 'Show how much the module cache holds')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the modules in the module cache, with their bytes and last use')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove from the module cache what is not used any more')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove modules from the module cache')
            [CompletionResult]::new('drop-zips', 'drop-zips', [CompletionResultType]::ParameterValue, 'Remove the zips of extracted modules from the module cache')
            break
        }
        'gomod;cache;size' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            break
        }
        'gomod;cache;list' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            break
        }
        'gomod;cache;prune' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Remove what was not used for so long: 90m, 12h, 30d, 2w')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Keep what this go.sum, go.work.sum or go.mod lists; may be repeated')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be removed, with its bytes; remove nothing')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Remove what was used within the last hour too: nobody else is using the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            break
        }
        'gomod;cache;remove' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be removed, with its bytes; remove nothing')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Remove what was used within the last hour too: nobody else is using the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            break
        }
        'gomod;cache;drop-zips' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be removed, with its bytes; remove nothing')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Remove what was used within the last hour too: nobody else is using the cache')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
