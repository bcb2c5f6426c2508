"""How well the texts of a page can be read, asked of the browser that shows them."""

# Of every text its contrast against the ground that it stands on, as WCAG reckons it, and how light that is.
CONTRASTS = """() => {
    const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const paint = color => { brush.fillStyle = color; brush.fillRect(0, 0, 1, 1); };
    const light = () => {
        const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data]
            .map(value => value / 255)
            .map(value => value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const groundOf = part => getComputedStyle(part).backgroundColor;
    const grounds = part => part ? [...grounds(part.parentElement), groundOf(part)] : [];
    const hasText = part => part.matches("input:not([type=checkbox])")
        || [...part.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return [...document.querySelectorAll("main *, header *")].filter(hasText).map(part => {
        grounds(part).forEach(paint);
        const ground = light();
        paint(getComputedStyle(part).color);
        const [low, high] = [ground, light()].sort((a, b) => a - b);
        return { part: part.outerHTML, ground, ratio: (high + .05) / (low + .05) };
    });
}"""
