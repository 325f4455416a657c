package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

// completionScripts ask the program itself what may follow; fish gets a list
// instead, which cli makes.
var completionScripts = map[string]string{
	"bash": `_synfire() {
  local word="${COMP_WORDS[COMP_CWORD]}"
  local reply
  if [[ "$word" == -* ]]; then
    reply=$("${COMP_WORDS[@]:0:COMP_CWORD}" "$word" --generate-bash-completion 2>/dev/null)
  else
    reply=$("${COMP_WORDS[@]:0:COMP_CWORD}" --generate-bash-completion 2>/dev/null)
  fi
  COMPREPLY=($(compgen -W "$reply" -- "$word"))
}
complete -o bashdefault -o default -F _synfire synfire
`,
	"zsh": `#compdef synfire
_synfire() {
  local word="${words[CURRENT]}"
  local -a before reply
  before=("${(@)words[1,CURRENT-1]}")
  [[ "$word" == -* ]] && before+=("$word")
  reply=("${(@f)$("${before[@]}" --generate-bash-completion 2>/dev/null)}")
  compadd -- "${reply[@]}"
  _files
}
compdef _synfire synfire
`,
	"powershell": `Register-ArgumentCompleter -Native -CommandName synfire -ScriptBlock {
  param($word, $ast, $position)
  $before = $ast.CommandElements | ForEach-Object { "$_" }
  if ($word -and -not $word.StartsWith("-")) { $before = $before[0..($before.Count - 2)] }
  $rest = @($before | Select-Object -Skip 1) + "--generate-bash-completion"
  & $before[0] @rest | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, "ParameterValue", $_)
  }
}
`,
}

const shells = "bash, zsh, fish or powershell"

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash | zsh | fish | powershell",
		Description: `For example:

   source <(synfire completion bash)
   synfire completion fish > ~/.config/fish/completions/synfire.fish`,
		Action: func(c *cli.Context) error {
			shell, err := file(c, "the name of a shell: "+shells)
			if err != nil {
				return err
			}
			script, ok := completionScripts[shell]
			if shell == "fish" {
				script, err = c.App.ToFishCompletion()
				ok = true
			}
			if err != nil {
				return err
			}
			if !ok {
				return usage(fmt.Sprintf("there is no completion for %q", shell), "one of "+shells)
			}
			_, err = fmt.Fprint(c.App.Writer, script)
			return err
		},
	}
}

func manCommand() *cli.Command {
	return &cli.Command{
		Name:  "man",
		Usage: "print the manual page (roff)",
		Action: func(c *cli.Context) error {
			page, err := c.App.ToManWithSection(1)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.App.Writer, page)
			return err
		},
	}
}
