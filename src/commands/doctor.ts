import type { Command } from 'commander';
import type { Cli } from '../command.ts';

export function doctor(_cli: Cli, _command: Command): void {}
