import { createHash } from 'node:crypto';

/** One line of docs/features.md: what there is, what it is called, and the test that shows it. */
export interface Row {
  /** The section: the folder of a member. */
  readonly member: string;
  readonly what: string;
  readonly names: readonly string[];
  /** The file of the quoted test, from the root of the repository. */
  readonly file: string;
  readonly title: string;
}

/** Every row of the page, in its order. */
export function rowsOf(page: string): readonly Row[] {
  return page.split('\n## ').slice(1).flatMap((section) => {
    const [member = ''] = section.split('\n');
    return [...section.matchAll(/^\| (.+) \| (`.+`) \| `([^`]+)`: `(.+)` \|$/gm)].map(([, what = '', names = '', file = '', title = '']): Row => ({
      member, what, names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name), file, title,
    }));
  });
}

/** Changes with anything that a row says, so that a proof stands for the row as it was proved. */
export function fingerprintOf({ member, what, names, file, title }: Row): string {
  return createHash('sha256').update(JSON.stringify([member, what, names, file, title])).digest('hex').slice(0, 12);
}
