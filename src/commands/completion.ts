import type { Command } from 'commander';
import type { Cli } from '../command.ts';

export function completion(_cli: Cli, _command: Command): void {}
