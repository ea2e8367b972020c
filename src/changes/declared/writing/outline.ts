import type { Pair, ParsedNode, YAMLMap, YAMLSeq } from 'yaml';
import type { FileProblem, Position } from '../model.ts';
import { type PositionOf, parseYaml } from '../read-yaml.ts';

/** An item of a list: the part of the text that is its value. */
export interface OutlineItem {
  at: Position;
  start: number;
  end: number;
}

/** A list that can be edited. */
export interface ListOutline {
  /** True for a list in brackets. */
  isFlow: boolean;
  /** True within braces, where a list has no lines of its own. */
  isInFlow: boolean;
  /** The place after the colon of its key. */
  colon: number;
  /** Of the list itself. */
  start: number;
  end: number;
  items: OutlineItem[];
}

export interface FileOutline {
  access: ListOutline | undefined;
  groups: Map<string, ListOutline>;
}

/** The places of the lists of a file that has no problems. */
export async function outlineFile(text: string, path: string): Promise<FileOutline> {
  const { isMap, isScalar, isSeq } = await import('yaml');
  const early: OutlineItem[] = [];
  const problems: FileProblem[] = [];
  const yaml = await parseYaml(text, path, problems, {
    key: 'access',
    take: (item, positionOf) => void early.push(itemOf(item, positionOf)),
  });
  const outline: FileOutline = { access: undefined, groups: new Map() };
  if (yaml === undefined || !isMap(yaml.root)) return outline;
  const { positionOf } = yaml;
  const root = yaml.root as YAMLMap.Parsed;
  function listOf(
    { key, value }: Pair<ParsedNode, ParsedNode | null>,
    isInFlow: boolean,
  ): ListOutline | undefined {
    if (!isSeq(value)) return undefined;
    const [start, end] = value.range;
    const colon = text.indexOf(':', key.range[1]) + 1;
    const items = (value as YAMLSeq.Parsed).items.map((item) => itemOf(item, positionOf));
    return { isFlow: value.flow === true, isInFlow, colon, start, end, items };
  }
  const nameOf = (key: ParsedNode) => String(isScalar(key) ? (key.source ?? key.value) : key).trim();
  const isInFlow = root.flow === true;
  for (const pair of root.items) {
    const name = nameOf(pair.key);
    if (name === 'access') outline.access = listOf(pair, isInFlow);
    if (name !== 'groups' || !isMap(pair.value)) continue;
    const groups = pair.value as YAMLMap.Parsed;
    for (const group of groups.items) {
      const list = listOf(group, isInFlow || groups.flow === true);
      if (list !== undefined) outline.groups.set(nameOf(group.key), list);
    }
  }
  if (outline.access !== undefined) outline.access.items = [...early, ...outline.access.items];
  return outline;
}

function itemOf(item: ParsedNode, positionOf: PositionOf): OutlineItem {
  const [start, end] = item.range;
  return { at: positionOf(start), start, end };
}
