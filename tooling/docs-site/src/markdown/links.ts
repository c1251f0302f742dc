import { withoutCodeBlocks } from './anchors.js';

/** A link of a page. */
export interface Link {
  /** As written: `../deploy/README.md#use`. */
  readonly target: string;
  /** The path in it, absent when it only names an anchor of the same page. */
  readonly file?: string | undefined;
  readonly anchor?: string | undefined;
}

/** The links of a page that stay in the repository: neither URLs nor what stands in code. */
export function relativeLinks(markdown: string): readonly Link[] {
  const text = withoutCodeBlocks(markdown).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
  return [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#', 2);
      return { target, file: file === '' ? undefined : decodeURIComponent(file), anchor };
    });
}
