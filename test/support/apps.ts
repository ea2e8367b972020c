import { call } from './cli.ts';

export const asData = async (args: string) =>
  JSON.parse((await call(['apps', ...args.split(' '), '-o', 'json'])).stdout);
