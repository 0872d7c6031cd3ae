
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
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Add or raise requirements of the current module')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print gomod''s version and the Go version that it takes for the local one')
            [CompletionResult]::new('completion', 'completion', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Explain a verb')
            [CompletionResult]::new('mod', 'mod', [CompletionResultType]::ParameterValue, 'The verbs of ''go mod'', under their old name')
            break
        }
        'gomod;download' {
            [CompletionResult]::new('--C', '--C', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module')
            [CompletionResult]::new('--x', '--x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('--q', '--q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
        'gomod;get' {
            [CompletionResult]::new('--C', '--C', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--x', '--x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('--q', '--q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
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
            break
        }
        'gomod;mod;download' {
            [CompletionResult]::new('--C', '--C', [CompletionResultType]::ParameterName, 'Change to DIR first; must be the first flag')
            [CompletionResult]::new('--modfile', '--modfile', [CompletionResultType]::ParameterName, 'Read and write FILE, and the .sum beside it, instead of go.mod and go.sum')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON object for each module')
            [CompletionResult]::new('--x', '--x', [CompletionResultType]::ParameterName, 'Print each request')
            [CompletionResult]::new('--q', '--q', [CompletionResultType]::ParameterName, 'Print errors only')
            [CompletionResult]::new('--modcacherw', '--modcacherw', [CompletionResultType]::ParameterName, 'Leave new folders of the module cache writable')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
