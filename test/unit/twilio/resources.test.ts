import { expect, test } from 'vitest';
import { resourceInWords, shortResourceInWords } from '../../../src/twilio/resources.ts';

test.each([
  [{ resource_type: 'billing_group', resource_id: 'bg_1' }, 'billing_group bg_1', 'billing_group bg_1'],
  [
    { resource_type: 'studio_flow', resource_id: 'FW0123456789abcdef' },
    'studio_flow FW0123456789abcdef',
    'studio_flow …abcdef',
  ],
  [{ resource_type: 'studio_flow', resource_id: null }, 'studio_flow', 'studio_flow'],
  [{ resource_type: null, resource_id: 'FW1' }, 'FW1', 'FW1'],
  [{ resource_type: null, resource_id: null }, '', ''],
  [{}, '', ''],
])(
  'puts the resource of %j into words, of which the short ones keep the end of a long id',
  (of, words, short) => {
    expect([resourceInWords(of), shortResourceInWords(of)]).toEqual([words, short]);
  },
);
