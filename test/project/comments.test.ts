import { expect, it } from 'vitest';
import { listTree, readProjectFile } from '../support/house.ts';

const files = ['bin', 'src', 'test']
  .flatMap((folder) => listTree(folder))
  .filter((name) => /\.(?:[cm]?[jt]s|css|sh)$/.test(name));

it('comments begin with the thing or the verb', () => {
  const headless =
    /(?:\/\*\*?\s(?:\s*\* )?|(?:^|\s)\/\/ )(?:What|When|Where|Whether|Who|Whose|Whom|Why|How|Nobody|Somebody)\b.*/g;
  expect(files.length).toBeGreaterThan(500);
  expect(
    files.flatMap((name) => (readProjectFile(name).match(headless) ?? []).map((text) => `${name}: ${text}`)),
  ).toEqual([]);
});
