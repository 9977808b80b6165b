/** The API reference: the OpenAPI document, readable and runnable. */
import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle.js";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The default sends the document to a validator on another host.
  validatorUrl: null,
  // The header names the document already; the bar would offer to load others.
  layout: "BaseLayout",
});
