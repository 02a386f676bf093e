import { z } from 'zod';

// Schemas would try to compile themselves, which the page's content security policy forbids and reports.
z.config({ jitless: true });
