import { PlateRefused } from './plate-refused.ts';

/** One start or end tag; `name` is without its namespace prefix. */
export type Tag = { name: string; isEnd: boolean; isEmpty: boolean; attributes: Map<string, string> };

const TAG = /<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

/**
 * The tags of an XML document in order, text between them passed over: all that a 3MF model needs. Document types are refused,
 * because a 3MF may not have one (3MF core 1.3, §2.3) and entities can be made to grow without end.
 */
export function* tagsOf(xml: string): Generator<Tag> {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) {
    throw new PlateRefused(
      'not-a-3mf',
      'The plate contains an XML document type, which a 3MF file may not have.',
    );
  }
  const text = xml.replace(/<!--[\s\S]*?-->/g, '').replace(/<\?[\s\S]*?\?>/g, '');
  for (const [, end, name, attributes, empty] of text.matchAll(TAG)) {
    yield {
      name: (name ?? '').replace(/^.*:/, ''),
      isEnd: end === '/',
      isEmpty: empty === '/',
      attributes: attributesOf(attributes ?? ''),
    };
  }
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(ATTRIBUTE)) {
    attributes.set(name ?? '', unescaped(double ?? single ?? ''));
  }
  return attributes;
}

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
}
