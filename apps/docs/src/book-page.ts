// The page of the book's questions, from the modules under examples/book: each has a question, code, and the answer that the code gives.
import { bookAnswers, exampleBlock } from './examples.ts';
import { text } from './markdown.ts';

/** The page as Markdown. It holds the answers of this build until the reader's browser has computed its own. */
export async function bookPage(): Promise<string> {
  const sections = (await bookAnswers()).map(
    ({ name, answer }) => `## ${text(answer.question)}

<BookAnswer name="${name}">

${text(answer.says)}

</BookAnswer>

::: details The code that computed this

${exampleBlock(name)}

:::
`,
  );
  return `# The book's questions

*Foundations of Large Language Models* (Xiao and Zhu, [arXiv:2501.09223](https://arxiv.org/abs/2501.09223)), chapter 2, and the courses
based on it ask these questions about relative position bias. Each answer is computed on this page by the code shown with it.

${sections.join('\n')}`;
}
