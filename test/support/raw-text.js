import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts the text of a file in place of an import that ends in `?raw`, as Vite does for the tests. */
export const rawText = {
  name: 'raw-text',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\?raw$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\?raw$/, '')),
      namespace: 'raw-text',
    }));
    onLoad({ filter: /./, namespace: 'raw-text' }, ({ path }) => ({
      contents: readFileSync(path, 'utf8'),
      loader: 'text',
    }));
  },
};
