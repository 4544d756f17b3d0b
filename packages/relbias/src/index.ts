// The front door: one import that picks a backend.
export {};
