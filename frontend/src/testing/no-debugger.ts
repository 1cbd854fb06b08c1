// React asks for a task of each element that it makes, for the stacks of a debugger. There is none, and it takes time.
Object.assign(console, { createTask: undefined });
