// The elements in React's JSX are typed, with the names of their properties.

import type {} from "upspiral-js/react";

export function Answer({ token }: { token: string }) {
  return (
    <>
      <response-message
        responseId="r"
        modelId="m"
        query="q"
        response="a"
        timestamp={new Date()}
        feedbackVariant="stars"
        token={token}
      />
      <response-feedback responseId="r" token={token} variant="full" theme="dark" lang="de" />
      {/* @ts-expect-error there is no such variant */}
      <response-feedback responseId="r" token={token} variant="hearts" />
    </>
  );
}
