/** Signs in with the token of the address: #token=…, as an app's own login would bring it. */
import { createRoot } from "react-dom/client";
import { Skein } from "skein-client";
import { Timeline } from "./timeline.tsx";

const url = new URLSearchParams(location.search).get("skein") ?? location.origin;
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const root = document.getElementById("root");
if (root !== null) createRoot(root).render(<Timeline skein={new Skein({ url, token })} />);
