import fc from 'fast-check';
import { makeHome } from './home.ts';

// Runs before each test file, unlike a module, which is loaded once for all files of a process.
makeHome();

// The same values in each run, so that a run fails for what was changed alone. Another number tries other values.
fc.configureGlobal({ seed: Number(process.env.TWILIO_ORG_TEST_SEED ?? 20261) });
