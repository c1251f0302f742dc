import { tests } from '@ibkit/presets/vitest';

export default tests();
