import { library } from '@ibkit/presets/tsup';

export default library();
