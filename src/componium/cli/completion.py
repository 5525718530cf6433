"""Print the shell's completion script."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Put one of these in the shell's start file:
      eval "$(componium completion bash)"      # ~/.bashrc
      eval "$(componium completion zsh)"       # ~/.zshrc
      componium completion fish | source       # ~/.config/fish/config.fish
    """
    from componium.cli import program

    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"no completion for {shell}")
    template = kind(program, {}, "componium", "_COMPONIUM_COMPLETE")
    click.echo(template.source_template % template.source_vars())
