#!/usr/bin/env node
import { front } from '../dist/front.js';

process.exitCode = await front(process);
