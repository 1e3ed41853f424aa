"""Any human language to one program of the strategy language, through a model.

    text -> prompt (language card, registry, similar examples)
         -> exchange (the openai client, held to the grammar where the endpoint can)
         -> repair (parse, check, account; the located errors go back)
         -> consistency (several samples, the offline reading) -> Reading

Nothing here is imported by the offline path, and the `openai` package only when a request is sent. Whatever a model
returns is a text like any other: it still has to parse, to check, and to account for the numbers of the request.
"""
