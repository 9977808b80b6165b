/** The API reference: shows the OpenAPI document, and lets people try the calls. */
import SwaggerUIBundle from "swagger-ui-dist/swagger-ui-es-bundle.js";

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // The default sends the document to a validator on another host.
  validatorUrl: null,
  // The header names the document; the bar would offer to load other documents.
  layout: "BaseLayout",
});
