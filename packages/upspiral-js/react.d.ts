// Types of the elements in React's JSX: `import type {} from "upspiral-js/react"` in a file of the application.

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { ResponseFeedback, ResponseMessage } from "./dist/feedback.js";

type Common<Element> = DetailedHTMLProps<HTMLAttributes<Element>, Element> & {
  server?: string;
  token?: string;
  responseId?: string;
  /** Words of your own, as JSON; see `Words`. */
  translations?: string;
  /** Words that describe an answer, between commas. */
  labels?: string;
  theme?: "light" | "dark";
};

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "response-feedback": Common<ResponseFeedback> & { variant?: "thumbs" | "stars" | "full" };
      "response-message": Common<ResponseMessage> & {
        modelId?: string;
        query?: string;
        response?: string;
        timestamp?: Date | string;
        feedbackVariant?: "thumbs" | "stars" | "full";
      };
    }
  }
}
