export { CLIENT_MESSAGE_TYPES, SERVER_MESSAGE_TYPES, sampleClientFrame, sampleServerFrame } from './testing/sample-frames.js';
export type { SampleOptions } from './testing/sample-frames.js';
