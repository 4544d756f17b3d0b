// The signals by which a user, a closing terminal or another program ends this one.

export const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type Interrupt = (typeof INTERRUPTS)[number];
