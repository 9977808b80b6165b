declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  /** The settings used here; https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ */
  interface Settings {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
    validatorUrl: null;
    layout: "BaseLayout";
  }
  export default function SwaggerUIBundle(settings: Settings): void;
}
