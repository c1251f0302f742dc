import type { Feature } from '../page/feature.js';
import type { Mutation } from '../source/edit.js';
import { apart } from '../source/edit.js';
import type { Sources } from '../source/sources.js';
import { takeOutAddress, takeOutCommand, takeOutFault, takeOutFlag, takeOutFolder, takeOutRoute, takeOutTopic } from './entry.js';
import { takeOutEvent } from './event.js';
import { takeOutMember } from './member.js';
import { takeOutOption } from './option.js';
import { takeOutValue } from './value.js';

function ways(feature: Feature, member: string, sources: Sources): readonly Mutation[] {
  switch (feature.kind) {
    case 'value': return takeOutValue(feature, member, sources);
    case 'member': return takeOutMember(feature, member, sources);
    case 'option': return takeOutOption(feature, member, sources);
    case 'event': return takeOutEvent(feature, member, sources);
    case 'fault': return takeOutFault(feature, member, sources);
    case 'command': return takeOutCommand(feature, sources);
    case 'flag': return takeOutFlag(feature, sources);
    case 'route': return takeOutRoute(feature, sources);
    case 'topic': return takeOutTopic(feature, sources);
    case 'address': return takeOutAddress(feature, sources);
    case 'folder': return takeOutFolder(feature, sources);
  }
}

/** The ways to take a feature of a member out, the plainest first. None when it was not found in the sources. */
export function waysToTakeOut(feature: Feature, member: string, sources: Sources): readonly Mutation[] {
  return ways(feature, member, sources).map(({ operator, edits }) => ({ operator, edits: apart(edits) })).filter(({ edits }) => edits.length > 0);
}
