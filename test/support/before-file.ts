import { makeHome } from './home.ts';

// Runs before each test file, unlike a module, which is loaded once for all files of a process.
makeHome();
