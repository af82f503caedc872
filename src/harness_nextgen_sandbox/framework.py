"""What is used of connexion and jsonschema, which have no types: from here on all is ``Any``."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any


def _take(module: str, name: str) -> Any:
    with warnings.catch_warnings():
        # It imports what Starlette and jsonschema warn of; its users can do nothing about that.
        warnings.simplefilter("ignore")
        return getattr(import_module(module), name)


AsyncApp: Any = _take("connexion", "AsyncApp")
context: Any = _take("connexion", "context")
MediaTypeDict: Any = _take("connexion.datastructures", "MediaTypeDict")
NonConformingResponseBody: Any = _take("connexion.exceptions", "NonConformingResponseBody")
ProblemException: Any = _take("connexion.exceptions", "ProblemException")
Draft4RequestValidator: Any = _take("connexion.json_schema", "Draft4RequestValidator")
ConnexionResponse: Any = _take("connexion.lifecycle", "ConnexionResponse")
Resolver: Any = _take("connexion.resolver", "Resolver")
NO_VALUE: Any = _take("connexion.security", "NO_VALUE")
ApiKeySecurityHandler: Any = _take("connexion.security", "ApiKeySecurityHandler")
BearerSecurityHandler: Any = _take("connexion.security", "BearerSecurityHandler")
OpenAPIURIParser: Any = _take("connexion.uri_parsing", "OpenAPIURIParser")
AbstractRequestBodyValidator: Any = _take("connexion.validators", "AbstractRequestBodyValidator")
JSONResponseBodyValidator: Any = _take("connexion.validators", "JSONResponseBodyValidator")
FormatChecker: Any = _take("jsonschema", "FormatChecker")
ValidationError: Any = _take("jsonschema", "ValidationError")
best_match: Any = _take("jsonschema.exceptions", "best_match")
extend: Any = _take("jsonschema.validators", "extend")
